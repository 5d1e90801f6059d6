import { createHmac } from 'node:crypto';
import { createLedgerPool, migrate, seedTenant } from '@pacspace/ledger';
import type pg from 'pg';
import { checkAnswer } from './check-answer.js';
import { createDatabase } from './create-database.js';
import { createRedis } from './create-redis.js';
import { LedgerFiller } from './fill-ledger.js';
import { spawnApp, type SpawnedApp } from './spawn-app.js';
import { startNats, type TestNats } from './test-server.js';

const PEPPER = 'a pepper that only tests are seasoned with';

export interface GatewayOptions {
  readonly lanes?: number;
  /** Of the tenant; `unlimited` unless told. */
  readonly plan?: string;
  /** Instead of a logical data base of the shared Redis. */
  readonly redisUrl?: string;
  /** Of all apps, beside what they need. */
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of a data base in the shared cluster; migrated by this. */
  readonly databaseUrl?: string;
}

export interface TestGateway {
  readonly app: SpawnedApp;
  readonly nats: TestNats;
  /** To start the projector, or another gateway, on the same stores. */
  readonly env: Readonly<Record<string, string>>;
  /** For writing the ledger as a projector would. */
  readonly pool: pg.Pool;
  readonly filler: LedgerFiller;
  /** Keys of the tenant's two environments, `env_test` and `env_live`. */
  readonly keys: { readonly test: string; readonly live: string };
  get(path: string, key?: string): Promise<TestAnswer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestAnswer>;
  stop(): Promise<void>;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what tests check
  readonly body: any;
}

/** The gateway as it is deployed, on stores of its own, with a tenant that may use both environments. */
export async function spawnGateway(options: GatewayOptions = {}): Promise<TestGateway> {
  const { lanes = 4, plan = 'unlimited' } = options;
  const nats = await startNats();
  const databaseUrl = options.databaseUrl ?? (await createDatabase({ name: 'ledger', migrate })).url;
  if (options.databaseUrl !== undefined) await migrate(databaseUrl);
  const env = {
    NATS_URL: nats.url,
    NATS_MONITOR_URL: nats.monitorUrl,
    DATABASE_URL: databaseUrl,
    REDIS_URL: options.redisUrl ?? (await createRedis()).url,
    LANES: String(lanes),
    KEY_PEPPER: PEPPER,
    ...options.env,
  };
  const pool = createLedgerPool({ url: databaseUrl, name: 'test', max: 4, onError: () => undefined });
  const keys = { test: await seedKey(pool, 'test', plan), live: await seedKey(pool, 'live', plan) };
  const app = await spawnApp('gateway', env);
  const ask = async (path: string, init: RequestInit): Promise<TestAnswer> => {
    const answer = await fetch(`${app.baseUrl}${path}`, init);
    const text = await answer.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    checkAnswer({ method: init.method ?? 'GET', url: path, answer, body });
    return { status: answer.status, headers: answer.headers, body };
  };
  return {
    app,
    nats,
    env,
    pool,
    filler: new LedgerFiller(pool, lanes),
    keys,
    get: (path, key = keys.test) => ask(path, { headers: { 'x-api-key': key } }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'x-api-key': keys.test, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: async () => {
      await app.stop();
      await pool.end();
      await nats.stop();
    },
  };
}

async function seedKey(pool: pg.Pool, kind: 'test' | 'live', plan: string): Promise<string> {
  const publicId = `${kind}Key12345678`;
  const secret = `${kind}-secret-of-22-characters-and-more`;
  await seedTenant(pool, {
    tenantId: 'ten_test',
    name: 'Test',
    plan,
    environments: { test: 'env_test', live: 'env_live' },
    key: {
      id: `key_${kind}`,
      name: kind,
      kind,
      publicId,
      secretHash: createHmac('sha256', PEPPER).update(secret).digest(),
      scopes: ['ingest', 'read'],
    },
  });
  return `pk_${kind}_${publicId}.${secret}`;
}
