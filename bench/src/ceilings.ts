import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';
import { appendTurn, createLedgerPool, ensurePeriod, type EntryRow, type Turn } from '@pacspace/ledger';
import pg from 'pg';
import { inParallel } from './load.js';
import type { Ceilings } from './project-bench.js';
import type { System } from './system.js';

const EMMETT_EVENTS = 100_000;
const EMMETT_IN_FLIGHT = 4;
const COPY_ENTRIES = 200_000;
const COPY_PER_TURN = 10_000;

/** What the same Postgres does for an event store of others, and for our own tables with nothing before them. */
export async function measureCeilings(system: System): Promise<Ceilings> {
  return { emmettPerSecond: await measureEmmett(system), copyPerSecond: await measureCopy(system) };
}

/** Events of the size of a delta, a hundred an append, 1,000 streams, four appends under way. */
async function measureEmmett(system: System): Promise<number> {
  const url = await createDatabase(system, 'bench_emmett');
  const store = getPostgreSQLEventStore(url);
  try {
    const append = async (stream: number): Promise<void> => {
      const events = Array.from({ length: 100 }, (_, i) => ({
        type: 'DeltaRecorded' as const,
        data: {
          customerId: `customer_${stream}`,
          delta: '125',
          reason: 'tokens.generated',
          referenceId: `req-${stream}-${i}`,
          fingerprint: 'f'.repeat(64),
        },
      }));
      await store.appendToStream(`customer-${stream % 1_000}`, events);
    };
    await append(0);
    const appends = Array.from({ length: EMMETT_EVENTS / 100 }, (_, i) => () => append(i));
    const startedAt = performance.now();
    await inParallel(EMMETT_IN_FLIGHT, appends);
    return EMMETT_EVENTS / ((performance.now() - startedAt) / 1000);
  } finally {
    await store.close();
  }
}

/** The ledger's own write of entries and keys, four lanes at once, with no fold, no hash and no log before it. */
async function measureCopy(system: System): Promise<number> {
  const url = await createDatabase(system, 'bench_copy');
  const { migrate } = await import('@pacspace/ledger');
  await migrate(url);
  const pool = createLedgerPool({ url, name: 'bench', max: 4, waitForDisk: false });
  try {
    const period = 2026 * 12 + 10;
    await ensurePeriod(pool, period);
    const { rows } = await pool.query<{ lane: number }>(
      'INSERT INTO lane (lane, lanes) SELECT n, 4 FROM generate_series(0, 3) n RETURNING lane',
    );
    const turnsPerLane = COPY_ENTRIES / COPY_PER_TURN / rows.length;
    const startedAt = performance.now();
    await Promise.all(
      rows.map(async ({ lane }) => {
        for (let turn = 0; turn < turnsPerLane; turn += 1)
          await appendTurn(pool, bareTurn(lane, turn, period));
      }),
    );
    return COPY_ENTRIES / ((performance.now() - startedAt) / 1000);
  } finally {
    await pool.end();
  }
}

function bareTurn(lane: number, turn: number, period: number): Turn {
  const entries: EntryRow[] = Array.from({ length: COPY_PER_TURN }, (_, i) => {
    const number = (lane * 1_000 + turn) * COPY_PER_TURN + i;
    return {
      customerNo: (i % 250) * 4 + lane,
      index: turn * (COPY_PER_TURN / 250) + Math.floor(i / 250),
      period,
      late: false,
      leaf: turn * (COPY_PER_TURN / 250) + Math.floor(i / 250),
      logSequence: turn + 1,
      recordedAtMs: 1_764_000_000_000 + number,
      occurredAtMs: undefined,
      // Spread like hashes: in order, the key's index would be cheaper than it is in truth.
      recordKey: Buffer.from(
        new Uint32Array([Math.imul(number, 2654435761), number, number * 7, lane]).buffer,
      ).toString('hex'),
      traceId: '1'.repeat(32),
      adjustsKey: undefined,
      amount: '125',
      balance: String(125 * (number + 1)),
      reason: 'tokens.generated',
      referenceId: `req-${number}`,
      metadata: undefined,
      salt: undefined,
    };
  });
  const zero = { duplicates: 0, rejections: 0, deadLetters: 0, toldSequence: 0, epoch: 0, recordedAtMs: 0 };
  return {
    lane,
    fromSequence: turn,
    after: { ...zero, lane, sequence: turn + 1, envelopes: turn + 1, entries: 0, customers: 0 },
    entries,
    newCustomers: [],
    changedCustomers: [],
    newPeriods: [],
    changedPeriods: [],
    nodes: [],
    rejections: [],
    closings: [],
    usage: [],
  };
}

async function createDatabase(system: System, name: string): Promise<string> {
  const url = new URL(system.env['DATABASE_URL'] ?? '');
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  url.pathname = `/${name}`;
  return url.href;
}
