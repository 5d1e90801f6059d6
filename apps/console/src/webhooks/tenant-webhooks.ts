import { findEndpointEnvironment } from '@pacspace/ledger';
import type { WebhookTools } from '@pacspace/webhooks';
import { ApiError } from '@pacspace/wire';
import { type By, recordAudit } from '../audit/record-audit.js';
import type { ConsoleTools } from '../console-tools.js';
import { findEnvironment } from '../environments/find-environment.js';
import { Environment, type EnvironmentKind } from '../store/entities.js';

export interface OwnedBy {
  readonly tenantId: string;
  readonly environmentId: string;
  readonly kind: EnvironmentKind;
}

/** @throws ApiError UNAVAILABLE where the console runs without WEBHOOK_KEY */
export function webhookTools({ webhooks }: ConsoleTools): WebhookTools {
  if (webhooks !== undefined) return webhooks;
  throw new ApiError(
    'UNAVAILABLE',
    'webhooks cannot be managed: the console was started without WEBHOOK_KEY',
    {
      retryAfterSeconds: 60,
    },
  );
}

/** @throws ApiError ENVIRONMENT_NOT_READY */
export async function ownerOf(
  tools: ConsoleTools,
  tenantId: string,
  kind: EnvironmentKind,
): Promise<OwnedBy> {
  const { id } = await findEnvironment(tools.store.manager, tenantId, kind);
  return { tenantId, environmentId: id, kind };
}

/** Where a tenant's webhook belongs. @throws ApiError NOT_FOUND, also for another tenant's */
export async function ownerOfWebhook(tools: ConsoleTools, tenantId: string, id: string): Promise<OwnedBy> {
  const environmentId = await findEndpointEnvironment(webhookTools(tools).pool, tenantId, id.slice(0, 64));
  const environment =
    environmentId === undefined
      ? null
      : await tools.store.manager.findOneBy(Environment, { id: environmentId, tenantId });
  if (environment !== null) return { tenantId, environmentId: environment.id, kind: environment.kind };
  throw new ApiError('NOT_FOUND', `there is no webhook ${JSON.stringify(id.slice(0, 64))}`);
}

/**
 * Does what is to be in the audit trail. Webhooks are kept apart from the administrative tables, so the two cannot be one
 * transaction: the trail's is open, and so able to be written, before the act is done.
 */
export async function audited<T>(
  { store }: ConsoleTools,
  { member, actor }: By,
  of: {
    readonly action: string;
    readonly act: () => Promise<T>;
    readonly target: (done: T) => string;
    readonly detail?: Readonly<Record<string, unknown>>;
  },
): Promise<T> {
  return await store.transaction(async (manager) => {
    const done = await of.act();
    await recordAudit(manager, actor, {
      action: `webhook.${of.action}`,
      tenantId: member.tenantId,
      target: of.target(done),
      detail: of.detail ?? {},
    });
    return done;
  });
}
