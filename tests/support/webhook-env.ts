import {
  type EndpointInput,
  createEndpoint,
  SecretBox,
  urlPolicyOf,
  type WebhookTools,
} from '@pacspace/webhooks';
import type pg from 'pg';

const WEBHOOK_KEY = 'a key that only tests keep their secrets under';

/** What a notifier is told beside its stores, so that it delivers to this machine. */
export const webhookEnv = {
  WEBHOOK_KEY,
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
};

/** Endpoints as the dashboard's API manages them. */
export function webhookTools(pool: pg.Pool): WebhookTools {
  const urls = urlPolicyOf({ WEBHOOK_ALLOW_HTTP: true, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' });
  return { pool, box: new SecretBox(WEBHOOK_KEY), urls, now: Date.now };
}

/** Of spawnGateway's tenant: what its test key writes to. */
export const ENVIRONMENT = 'env_test';
const OWNER = { tenantId: 'ten_test', environmentId: ENVIRONMENT };

export const addEndpoint = (tools: WebhookTools, input: EndpointInput) => createEndpoint(tools, OWNER, input);
