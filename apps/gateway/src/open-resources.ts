import { type Cache, chargeRate, closeCache, connectCache } from '@pacspace/cache';
import { checkSchema, createLedgerPool, LedgerError } from '@pacspace/ledger';
import { openLog } from '@pacspace/log-access';
import {
  type AppContext,
  type Logger,
  startProbe,
  traceQueries,
  watchPool,
  withTimeout,
} from '@pacspace/service';
import type pg from 'pg';
import { openKeyDirectory } from './auth/open-key-directory.js';
import type { GatewayConfig } from './config.js';
import { GatewayResources } from './gateway-resources.js';
import { RateLimits } from './rate/rate-limits.js';

/** Opens what the gateway stands on, and sees to it that it is let go in the end. */
export async function openResources(context: AppContext<GatewayConfig>): Promise<GatewayResources> {
  await refuseOldSchema(context.config.DATABASE_URL, context.logger);
  const pool = openPool(context);
  const log = await openLog(context, 'gateway');
  const cache = openCache(context);
  const rates = new RateLimits({ share: (keyId, costMs) => chargeRate(cache, keyId, costMs) });
  context.shutdown.register('connections', 'rates', () => rates.close());
  const keys = openKeyDirectory(context, { pool, log });
  return new GatewayResources(context, { log, pool, cache }, { keys, rates });
}

/** The gateway serves without Redis: balances then come from Postgres, and each gateway limits rates for itself. */
function openCache({ config, health, shutdown }: AppContext<GatewayConfig>): Cache {
  const check = health.check('cache', { required: false });
  check.degraded('not connected yet: balances come from Postgres');
  const cache = connectCache({
    url: config.REDIS_URL,
    name: 'gateway',
    onError: (error) => check.degraded(`balances come from Postgres: ${error.message}`),
    onReady: (ready) => {
      if (ready) check.ok();
      else check.degraded('connection lost: balances come from Postgres');
    },
  });
  shutdown.register('connections', 'cache', () => closeCache(cache));
  return cache;
}

/** The gateway takes deltas without Postgres: only keys not yet seen and reads need it. */
function openPool({ config, logger, health, queues, shutdown }: AppContext<GatewayConfig>): pg.Pool {
  const pool = traceQueries(
    createLedgerPool({
      url: config.DATABASE_URL,
      name: 'gateway',
      lookUps: true,
      onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
    }),
  );
  watchPool(queues, 'ledger_connections', pool);
  const check = health.check('ledger', { required: false });
  const stop = startProbe(check, {
    ask: async () => {
      await pool.query('SELECT 1');
      return undefined;
    },
  });
  shutdown.register('connections', 'ledger', () => {
    stop();
    return pool.end();
  });
  return pool;
}

const SCHEMA_WAIT_MS = 5_000;

/** A schema that is behind ends the start with that word; a data base that is away does not. */
async function refuseOldSchema(databaseUrl: string, logger: Logger): Promise<void> {
  try {
    await withTimeout('Postgres', SCHEMA_WAIT_MS, () => checkSchema(databaseUrl));
  } catch (error) {
    if (error instanceof LedgerError && error.code === 'SCHEMA_BEHIND') throw error;
    logger.warn({ err: error }, 'the schema could not be checked: Postgres is away');
  }
}
