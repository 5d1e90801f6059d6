import { hash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { canonicalEntry, formatAmount, laneOf, periodOf, periodStartMs } from '@pacspace/domain';
import { createLedgerPool, findRun, findSealLog } from '@pacspace/ledger';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import { CompactRange, leafHashOfText, type Sha256 } from '@pacspace/proof';
import {
  CHECKPOINT_CREATE,
  type CheckpointReply,
  type CheckpointRequest,
  type EncodedDelta,
  encodeDelta,
  encodeEnvelope,
  fingerprintOf,
  recordKeyOf,
} from '@pacspace/wire';
import type pg from 'pg';
import { percentile, post } from './load.js';
import { untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';

export interface SealBenchOptions {
  readonly customers?: number;
  readonly deltas?: number;
  /** Leaves of the tree that is built in memory. */
  readonly leaves?: number;
}

const ENVIRONMENT = 'env_demo_test';
const ENVELOPE = 1_000;
const UNIT = 10n ** 12n;
const SEAL_TIMEOUT_MS = 300_000;

/**
 * A whole month of an environment closed and sealed at once, as it happens when the month is due: every customer's final
 * seal, the log's tree, and the root over all. Then what a producer sees of it: the time that single emits take meanwhile.
 * And the hashing alone: leaves of a tree a second, against SHA-256 of the same bytes.
 */
export async function benchSeal(options: SealBenchOptions = {}): Promise<Figure[]> {
  const { customers = 100_000, deltas = 1_000_000, leaves = 1_000_000 } = options;
  const system = await System.start({ sharedBuffersMb: 1_024 });
  try {
    const connection = await connectLog({ url: system.env['NATS_URL'] ?? '', name: 'bench' });
    const log = await openDeltaLog(connection, { lanes: Number(system.env['LANES']) });
    await fill(log, customers, deltas);
    await system.startApp('projector');
    await untilProjected(system, deltas);
    await system.startApp('gateway');
    system.env['DATA_DIR'] = system.dir;
    await system.startApp('checkpointer');

    const quiet = await emitFor(system, new AbortController().signal, 3_000);
    const done = new AbortController();
    const busy = emitFor(system, done.signal, SEAL_TIMEOUT_MS);
    const [sealed, during] = await Promise.all([sealMonth(system, log).finally(() => done.abort()), busy]);
    await connection.close();
    return [
      ...describeSeal(sealed, customers, deltas),
      {
        id: 'h.seal.emit.p99',
        what: 'single emits while a month is being sealed, 99 of 100',
        value: percentile(during, 0.99),
        unit: 'ms',
        ceiling: { what: 'before it', value: percentile(quiet, 0.99) },
      },
      measureLeaves(leaves),
    ];
  } finally {
    await system.stop();
  }
}

interface SealedMonth {
  readonly wallSeconds: number;
  readonly appSeconds: number;
  readonly postgresSeconds: number;
  readonly customers: number;
  readonly entries: number;
}

const lastMonth = (): number => periodOf(Date.now()) - 1;

async function sealMonth(system: System, log: DeltaLog): Promise<SealedMonth> {
  const checkpointer = system.apps.get('checkpointer');
  if (checkpointer === undefined) throw new Error('the checkpointer does not run');
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  try {
    const before = { app: cpuSecondsOf(checkpointer.pid), postgres: await postgresCpuSeconds(pool) };
    const startedAt = performance.now();
    const scope = { kind: 'period' as const, period: lastMonth() };
    const reply = await ask(log, { environmentId: ENVIRONMENT, scope });
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const appSeconds = cpuSecondsOf(checkpointer.pid) - before.app;
    const postgresSeconds = (await postgresCpuSeconds(pool)) - before.postgres;
    if (!reply.ok || !('runNo' in reply.answer)) throw new Error(`not sealed: ${JSON.stringify(reply)}`);
    const run = await findRun(pool, reply.answer);
    const stored = await findSealLog(pool, { environmentId: ENVIRONMENT });
    if (run === undefined || stored?.size !== run.count) throw new Error('the log is not what was sealed');
    return { wallSeconds, appSeconds, postgresSeconds, customers: run.count, entries: run.entries };
  } finally {
    await pool.end();
  }
}

/** As the gateway asks: Nest's form of a request on the bus. */
async function ask(log: DeltaLog, data: CheckpointRequest): Promise<CheckpointReply> {
  const id = randomUUID();
  const request = JSON.stringify({ pattern: CHECKPOINT_CREATE, data, id });
  const answer = await log.connection.request(CHECKPOINT_CREATE, request, { timeout: SEAL_TIMEOUT_MS });
  return answer.json<{ readonly response: CheckpointReply }>().response;
}

function describeSeal(sealed: SealedMonth, customers: number, deltas: number): Figure[] {
  if (sealed.customers !== customers || sealed.entries !== deltas) {
    throw new Error(`${sealed.customers} customers and ${sealed.entries} deltas were sealed`);
  }
  const what = `${customers.toLocaleString('en')} customers with ${deltas.toLocaleString('en')} deltas closed and sealed`;
  const share = customers / 100_000;
  return [
    {
      id: 'h.seal.month',
      what,
      value: sealed.wallSeconds,
      unit: 's',
      target: { kind: 'value', max: 5 * share },
    },
    {
      id: 'h.seal.month.cpu',
      what: 'of it, the checkpointer’s processor time',
      value: sealed.appSeconds,
      unit: 's',
      target: { kind: 'value', max: 5 * share },
    },
    {
      id: 'h.seal.month.postgres',
      what: 'and Postgres’s, emits in between included',
      value: sealed.postgresSeconds,
      unit: 's',
    },
  ];
}

const sha256: Sha256 = (data) => Buffer.from(hash('sha256', data, 'binary'), 'latin1');

/** Entries hashed and appended, as the projector does for every delta, against SHA-256 of texts as long as theirs. */
function measureLeaves(leaves: number): Figure {
  const fingerprint = 'f'.repeat(64);
  const texts = Array.from({ length: 1_000 }, (_, index) =>
    canonicalEntry({
      ...{ index, fingerprint, balance: BigInt(index) * UNIT, late: false },
      ...{ period: lastMonth(), recordedAtMs: Date.now() },
    }),
  );
  const perSecond = (work: (text: string) => void): number => {
    const startedAt = performance.now();
    for (let i = 0; i < leaves; i += 1) work(texts[i % texts.length] ?? '');
    return leaves / ((performance.now() - startedAt) / 1000);
  };
  const range = CompactRange.empty(sha256);
  const ceiling = perSecond((text) => hash('sha256', text, 'binary'));
  const built = perSecond((text) => range.append(leafHashOfText(sha256, text)));
  return {
    id: 'h.leaves',
    what: 'leaves of a tree, hashed and appended',
    value: built,
    unit: 'leaves/s',
    ceiling: { what: 'SHA-256 of the same texts', value: ceiling },
    target: { kind: 'ratio', min: 0.3 },
  };
}

/** One emit after the other until the signal; @returns the time of each, ms. */
async function emitFor(system: System, signal: AbortSignal, forMs: number): Promise<number[]> {
  const url = `${system.apps.get('gateway')?.baseUrl}/api/v1/balance/delta`;
  const headers = { 'content-type': 'application/json', 'x-api-key': system.apiKey };
  const body = Buffer.from(JSON.stringify({ customerId: 'customer_0', delta: 1, reason: 'meanwhile' }));
  const times: number[] = [];
  const endAt = performance.now() + forMs;
  while (!signal.aborted && performance.now() < endAt) {
    const startedAt = performance.now();
    await post(url, headers, body);
    times.push(performance.now() - startedAt);
  }
  return times;
}

const hashHex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

/** A month of usage, straight into the log. */
async function fill(log: DeltaLog, customers: number, deltas: number): Promise<void> {
  const lanes: EncodedDelta[][] = Array.from({ length: log.lanes }, () => []);
  const firstMs = periodStartMs(lastMonth());
  let published = 0;
  const publish = async (lane: number): Promise<void> => {
    const group = lanes[lane] ?? [];
    if (group.length === 0) return;
    lanes[lane] = [];
    const publishId = `bench-${lane}-${published++}`;
    await publishEnvelope(log, { lane, publishId, payload: encodeEnvelope(publishId, group) }, 10_000);
  };
  for (let i = 0; i < deltas; i += 1) {
    const customerId = `customer_${i % customers}`;
    const lane = laneOf(ENVIRONMENT, customerId, log.lanes);
    lanes[lane]?.push(encode(customerId, i, firstMs + (i % 2_000_000_000)));
    if (lanes[lane]?.length === ENVELOPE) await publish(lane);
  }
  for (let lane = 0; lane < log.lanes; lane += 1) await publish(lane);
}

function encode(customerId: string, number: number, occurredAtMs: number): EncodedDelta {
  const recordKey = recordKeyOf({ environmentId: ENVIRONMENT, customerId, key: `key-${number}` }, hashHex);
  const amount = BigInt(1 + (number % 4_096)) * UNIT;
  const facts = { customerId, reason: 'tokens.generated', referenceId: `req-${number}`, occurredAtMs };
  const fingerprint = fingerprintOf({ ...facts, recordId: `rec_${recordKey}`, amount }, hashHex);
  return encodeDelta({
    ...facts,
    ...{ environmentId: ENVIRONMENT, recordKey, fingerprint },
    amount: formatAmount(amount),
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
  });
}

/** Kernel clock ticks a second: 100 wherever Linux runs (sysconf(_SC_CLK_TCK)). */
const TICKS = 100;

/** /proc/<pid>/stat from its third field on. */
function readStat(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
}

const parentOf = (pid: number): number => Number(readStat(pid)[1]);

/** User and system time of a process, and of its children that have ended. */
function cpuSecondsOf(pid: number): number {
  const fields = readStat(pid);
  return [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0) / TICKS;
}

/** Of the data base server and all its processes. */
async function postgresCpuSeconds(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const postmaster = parentOf(rows[0]?.pid ?? 0);
  let sum = cpuSecondsOf(postmaster);
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      if (parentOf(Number(entry)) === postmaster) sum += cpuSecondsOf(Number(entry));
    } catch {
      // It has ended meanwhile, and counts in the postmaster's own.
    }
  }
  return sum;
}
