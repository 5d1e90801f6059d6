import { randomBytes } from 'node:crypto';
import { formatTime } from '@pacspace/domain';
import {
  changeEndpoint as writeChange,
  deleteEndpoint as writeDeletion,
  insertEndpoint,
  listEndpoints as readEndpoints,
  releaseHeld,
  rotateSecret as writeRotation,
  sendEvent,
} from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import { checkEndpointUrl, type UrlPolicy } from './check-endpoint-url.js';
import { composeBody } from './compose-body.js';
import type { EndpointChangeInput, EndpointInput } from './endpoint-schemas.js';
import { eventIdOf, TEST_EVENT } from './event-types.js';
import { assertEnabled, findEndpoint, invalid } from './find-endpoint.js';
import { formatEndpoint } from './format-endpoint.js';
import { type Page, WEBHOOK_LIMITS } from './limits.js';
import type { DeliveryTools } from './manage-deliveries.js';
import { newSecret, type SecretBox } from './secret-box.js';

export interface WebhookTools extends DeliveryTools {
  readonly box: SecretBox;
  readonly urls: UrlPolicy;
}

export interface EndpointOwner {
  readonly tenantId: string;
  readonly environmentId: string;
}

/** @returns the endpoint with its secret, which nobody is shown again. @throws ApiError */
export async function createEndpoint(tools: WebhookTools, owner: EndpointOwner, input: EndpointInput) {
  const url = takenUrl(tools, input.url);
  const id = `whk_${randomBytes(12).toString('hex')}`;
  const secret = newSecret();
  const made = await insertEndpoint(
    tools.pool,
    {
      ...owner,
      id,
      url,
      description: input.description ?? '',
      events: input.events ?? [],
      ordered: input.ordered ?? false,
      secret: tools.box.seal(secret, id),
      createdAtMs: tools.now(),
    },
    WEBHOOK_LIMITS.endpoints,
  );
  if (made === undefined) {
    const message = `an environment has at most ${WEBHOOK_LIMITS.endpoints} webhooks: delete one first`;
    throw new ApiError('LIMIT_REACHED', message);
  }
  return { ...formatEndpoint({ ...made, ...NO_TALLY }), secret };
}

const NO_TALLY = { succeeded: 0, failed: 0, lastAttemptMs: undefined, failingSinceMs: undefined };

export async function listEndpoints(tools: WebhookTools, environmentId: string, page: Page) {
  const { endpoints, total } = await readEndpoints(tools.pool, environmentId, page);
  return { webhooks: endpoints.map(formatEndpoint), pagination: { ...page, total } };
}

/** @throws ApiError NOT_FOUND */
export async function getEndpoint(tools: WebhookTools, environmentId: string, id: string) {
  return formatEndpoint(await findEndpoint(tools.pool, environmentId, id));
}

/** @throws ApiError */
export async function changeEndpoint(
  tools: WebhookTools,
  of: { readonly environmentId: string; readonly id: string },
  change: EndpointChangeInput,
) {
  const { pool, now } = tools;
  const { number } = await findEndpoint(tools.pool, of.environmentId, of.id);
  const url = change.url === undefined ? undefined : takenUrl(tools, change.url);
  await writeChange(pool, number, { ...change, url, nowMs: now() });
  if (change.ordered === false) await releaseHeld(pool, number, now());
  return formatEndpoint(await findEndpoint(tools.pool, of.environmentId, of.id));
}

/** @throws ApiError NOT_FOUND */
export async function deleteEndpoint(tools: WebhookTools, environmentId: string, id: string): Promise<void> {
  const { number } = await findEndpoint(tools.pool, environmentId, id);
  await writeDeletion(tools.pool, number, tools.now());
}

/** @returns the new secret; the old one signs beside it for a day. @throws ApiError NOT_FOUND */
export async function rotateSecret(tools: WebhookTools, environmentId: string, id: string) {
  const { pool, box, now } = tools;
  const { number } = await findEndpoint(tools.pool, environmentId, id);
  const secret = newSecret();
  const nowMs = now();
  const previousUntilMs = nowMs + WEBHOOK_LIMITS.rotationOverlapMs;
  await writeRotation(pool, number, { secret: box.seal(secret, id), previousUntilMs, nowMs });
  return { id, secret, previousSecretValidUntil: formatTime(previousUntilMs) };
}

/** Puts a test event on its way; what becomes of it is in the log of deliveries. @throws ApiError */
export async function testEndpoint(tools: WebhookTools, environmentId: string, id: string) {
  const endpoint = await findEndpoint(tools.pool, environmentId, id);
  assertEnabled(endpoint);
  const eventKey = randomBytes(16).toString('hex');
  const createdAtMs = tools.now();
  const { tenantId } = endpoint;
  const data = { webhookId: id, message: 'This is a test: the webhook is set up.' };
  const parts = { eventKey, type: TEST_EVENT, tenantId, environmentId, createdAtMs };
  const body = composeBody({ ...parts, sequence: undefined, data });
  await sendEvent(tools.pool, { ...parts, customerId: '', sequence: 0, body }, endpoint.number);
  return { eventId: eventIdOf(eventKey), event: TEST_EVENT, queuedAt: formatTime(createdAtMs) };
}

function takenUrl({ urls }: WebhookTools, text: string): string {
  const checked = checkEndpointUrl(text, urls);
  if (!checked.ok) throw invalid('url', checked.problem);
  return checked.url;
}
