import { createLedgerPool } from '@pacspace/ledger';
import type { AppContext } from '@pacspace/service';
import { SecretBox, urlPolicyOf, type WebhookTools } from '@pacspace/webhooks';
import type { ConsoleConfig } from '../config.js';

const CONNECTIONS = 4;

/** Undefined without WEBHOOK_KEY: what would be signed with could not be kept. */
export function openWebhookTools({
  config,
  logger,
  shutdown,
}: AppContext<ConsoleConfig>): WebhookTools | undefined {
  const { WEBHOOK_KEY: key } = config;
  if (key === undefined) return undefined;
  const pool = createLedgerPool({
    url: config.DATABASE_URL,
    name: 'console webhooks',
    max: CONNECTIONS,
    onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
  });
  shutdown.register('connections', 'webhooks', () => pool.end());
  return { pool, box: new SecretBox(key), urls: urlPolicyOf(config), now: Date.now };
}
