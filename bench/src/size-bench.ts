import { once } from 'node:events';
import { closeCache, connectCache } from '@pacspace/cache';
import { createLedgerPool } from '@pacspace/ledger';
import { connectLog, openDeltaLog } from '@pacspace/log';
import { DELTAS_STREAM, EVENTS_STREAM } from '@pacspace/wire';
import { BATCH, sendBatches } from './batch-bench.js';
import { inParallel, post } from './load.js';
import { untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';
import { usageBatches, usageLine } from './usage.js';

const DELTAS = 200_000;
const SINGLES = 20_000;
const CUSTOMERS = 1_000;

interface Sizes {
  readonly log: number;
  readonly events: number;
  readonly ledger: number;
  readonly redis: number;
}

/**
 * (k) What a delta takes on disk and in memory, by store: 200,000 from batches for 1,000 customers, then 20,000 that came one
 * by one from 64 producers, whose envelopes are small. What is there without any delta is subtracted.
 */
export async function benchSizes(): Promise<Figure[]> {
  const system = await System.start();
  try {
    await system.startApp('gateway');
    await system.startApp('projector');
    const empty = await measureSizes(system);
    await sendBatches(system, usageBatches(DELTAS, BATCH, CUSTOMERS));
    await untilProjected(system, DELTAS);
    const batched = await measureSizes(system);
    await emitOneByOne(system);
    await untilProjected(system, DELTAS + SINGLES);
    const single = await measureSizes(system);
    return [
      ...describe('batches', DELTAS, (store) => batched[store] - empty[store]),
      ...describe('single', SINGLES, (store) => single[store] - batched[store]),
      {
        id: 'k.redis.customer',
        what: 'in Redis, a customer',
        value: (batched.redis - empty.redis) / CUSTOMERS,
        unit: 'bytes',
      },
    ];
  } finally {
    await system.stop();
  }
}

function describe(
  how: 'batches' | 'single',
  deltas: number,
  grown: (store: keyof Sizes) => number,
): Figure[] {
  const stores = { log: 'in the log', events: 'on the event stream, for 14 days', ledger: 'in Postgres' };
  return (Object.keys(stores) as (keyof typeof stores)[]).map((store) => ({
    id: `k.${store}.${how}`,
    what: `${stores[store]}, a delta ${how === 'batches' ? 'of a batch' : 'that came alone'}`,
    value: grown(store) / deltas,
    unit: 'bytes',
  }));
}

async function emitOneByOne(system: System): Promise<void> {
  const url = `${system.apps.get('gateway')?.baseUrl}/api/v1/balance/delta`;
  const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
  const bodies = Array.from({ length: SINGLES }, (_, i) => Buffer.from(usageLine(DELTAS + i, CUSTOMERS)));
  await inParallel(
    64,
    bodies.map((body) => async () => {
      await post(url, headers, body);
    }),
  );
}

async function measureSizes({ env }: System): Promise<Sizes> {
  const connection = await connectLog({ url: env['NATS_URL'] ?? '', name: 'bench' });
  const pool = createLedgerPool({ url: env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  const cache = connectCache({ url: env['REDIS_URL'] ?? '', name: 'bench', onError: () => undefined });
  await once(cache.redis, 'ready');
  try {
    const { manager } = await openDeltaLog(connection, { lanes: Number(env['LANES']) });
    const [deltas, events] = await Promise.all(
      [DELTAS_STREAM, EVENTS_STREAM].map(async (name) => (await manager.streams.info(name)).state.bytes),
    );
    await pool.query('VACUUM ANALYZE');
    const { rows } = await pool.query<{ bytes: string }>(
      `SELECT sum(pg_total_relation_size(c.oid)) AS bytes FROM pg_class c
       WHERE relnamespace = 'ledger'::regnamespace AND relkind IN ('r', 'm')`,
    );
    const memory = /used_memory:(\d+)/.exec(await cache.redis.info('memory'))?.[1];
    return {
      log: deltas ?? 0,
      events: events ?? 0,
      ledger: Number(rows[0]?.bytes),
      redis: Number(memory),
    };
  } finally {
    closeCache(cache);
    await pool.end();
    await connection.close();
  }
}
