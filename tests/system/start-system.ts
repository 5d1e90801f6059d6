import { createHmac } from 'node:crypto';
import { createLedgerPool, migrate, seedTenant } from '@pacspace/ledger';
import {
  createDatabase,
  createRedis,
  type Ended,
  type SpawnedApp,
  spawnApp,
  startNats,
  type TestNats,
} from '@pacspace/testing';
import type pg from 'pg';
import { Api } from './api.js';
import { runProjector } from './commands.js';

const WEBHOOK_KEY = 'a key that only tests keep their secrets under';
const PEPPER = 'a pepper that only tests are seasoned with';

export interface Stores {
  readonly nats: { readonly url: string; readonly monitorUrl: string };
  /** An empty data base, or one that is migrated. */
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

/** A deployment on stores of its own, with two tenants. */
export interface System {
  /** What every app is configured with. */
  readonly env: Readonly<Record<string, string>>;
  /** For looking into the ledger. */
  readonly pool: pg.Pool;
  readonly lanes: number;
  apiOf(gateway: Pick<SpawnedApp, 'baseUrl'>, tenant?: Tenant): Api;
  readonly keys: Readonly<Record<Tenant, string>>;
  /** @param port to put it where an earlier one was */
  spawnGateway(port?: number): Promise<SpawnedApp>;
  spawnProjector(): Promise<SpawnedApp>;
  /** `projector check`: the ledger against its rules, the cache against the ledger, both against the log. */
  check(): Promise<Ended>;
  close(): Promise<void>;
}

export type Tenant = 'acme' | 'globex';

export async function startSystem(stores: Stores, lanes = 4): Promise<System> {
  const { nats, databaseUrl, redisUrl } = stores;
  await migrate(databaseUrl);
  const env = {
    NATS_URL: nats.url,
    NATS_MONITOR_URL: nats.monitorUrl,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    LANES: String(lanes),
    KEY_PEPPER: PEPPER,
    WEBHOOK_KEY,
  };
  const pool = createLedgerPool({ url: databaseUrl, name: 'test', max: 4, onError: () => undefined });
  const keys = { acme: await seedKey(pool, 'acme'), globex: await seedKey(pool, 'globex') };
  return {
    env,
    pool,
    lanes,
    keys,
    apiOf: ({ baseUrl }, tenant = 'acme') => new Api(baseUrl, keys[tenant]),
    spawnGateway: (port) =>
      spawnApp('gateway', { ...env, ...(port === undefined ? {} : { PORT: String(port) }) }),
    spawnProjector: () => spawnApp('projector', env),
    check: () => runProjector(['check'], { env }),
    close: () => pool.end(),
  };
}

/** A system whose stores nobody is going to hurt: its own NATS, a data base and a Redis data base of the run's. */
export async function startCalmSystem(lanes?: number): Promise<System & { readonly nats: TestNats }> {
  const [nats, database, redis] = await Promise.all([
    startNats(),
    createDatabase({ name: 'ledger', migrate }),
    createRedis(),
  ]);
  const system = await startSystem({ nats, databaseUrl: database.url, redisUrl: redis.url }, lanes);
  return {
    ...system,
    nats,
    close: async () => {
      await system.close();
      await nats.stop();
    },
  };
}

async function seedKey(pool: pg.Pool, tenant: Tenant): Promise<string> {
  const publicId = `${tenant}Key12345678`;
  const secret = `${tenant}-secret-of-22-characters-and-more`;
  await seedTenant(pool, {
    tenantId: `ten_${tenant}`,
    name: tenant,
    plan: 'unlimited',
    environments: { test: `env_${tenant}_test`, live: `env_${tenant}_live` },
    key: {
      id: `key_${tenant}`,
      name: tenant,
      kind: 'test',
      publicId,
      secretHash: createHmac('sha256', PEPPER).update(secret).digest(),
      scopes: ['ingest', 'read'],
    },
  });
  return `pk_test_${publicId}.${secret}`;
}
