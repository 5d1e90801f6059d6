import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { laneOf, periodOf, periodStartMs } from '@pacspace/domain';
import { createLedgerPool, findRun } from '@pacspace/ledger';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import {
  CHECKPOINT_CREATE,
  type CheckpointReply,
  type CheckpointRequest,
  type EncodedDelta,
  encodeEnvelope,
} from '@pacspace/wire';
import type pg from 'pg';
import { encodeUsage } from './encode-usage.js';
import { get, percentile, post } from './load.js';
import { untilProjected } from './project-bench.js';
import type { Figure } from './report.js';
import { System } from './system.js';

export interface SealBenchOptions {
  readonly customers?: number;
  readonly deltas?: number;
}

const ENVIRONMENT = 'env_demo_test';
const ENVELOPE = 1_000;
const SEAL_TIMEOUT_MS = 300_000;

/**
 * A whole month of an environment closed and sealed at once, as it happens when the month is due: every customer's final
 * seal, the log's tree, and the root over all. Before that what a producer sees of it: the time that single emits take
 * while another month is being sealed.
 */
export async function benchSeal(options: SealBenchOptions = {}): Promise<Figure[]> {
  const { customers = 100_000, deltas = 1_000_000 } = options;
  const system = await System.start({ sharedBuffersMb: 1_024 });
  try {
    const connection = await connectLog({ url: system.env['NATS_URL'] ?? '', name: 'bench' });
    const log = await openDeltaLog(connection, { lanes: Number(system.env['LANES']) });
    // One delta of the month before for each customer: that month is sealed while somebody emits.
    await fill(log, { customers, deltas: customers, period: lastMonth() - 1 });
    await fill(log, { customers, deltas, period: lastMonth() });
    await system.startApp('projector');
    await untilProjected(system, customers + deltas);
    await system.startApp('gateway');
    system.env['DATA_DIR'] = system.dir;
    await system.startApp('checkpointer');

    const quiet = await emitFor(system, new AbortController().signal, 3_000);
    const done = new AbortController();
    const earlier = sealMonth(system, log, lastMonth() - 1).finally(() => done.abort());
    const [, during] = await Promise.all([earlier, emitFor(system, done.signal, SEAL_TIMEOUT_MS)]);
    await untilQuiet();
    const sealed = await sealMonth(system, log, lastMonth());
    await connection.close();
    return [
      ...describeSeal(sealed, customers, deltas),
      await measureVerification(system, sealed.root),
      {
        id: 'h.seal.emit.p99',
        what: 'single emits while a month is being sealed, 99 of 100',
        value: percentile(during, 0.99),
        unit: 'ms',
        ceiling: { what: 'before it', value: percentile(quiet, 0.99) },
      },
    ];
  } finally {
    await system.stop();
  }
}

/** For what was filled and emitted before to be vacuumed and written back. */
const QUIET_MS = 5_000;
const untilQuiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, QUIET_MS));

interface SealedMonth {
  readonly wallSeconds: number;
  readonly appSeconds: number;
  readonly postgresSeconds: number;
  readonly customers: number;
  readonly entries: number;
  /** Over all seals, hex. */
  readonly root: string;
}

const lastMonth = (): number => periodOf(Date.now()) - 1;

async function sealMonth(system: System, log: DeltaLog, period: number): Promise<SealedMonth> {
  const checkpointer = system.apps.get('checkpointer');
  if (checkpointer === undefined) throw new Error('the checkpointer does not run');
  const pool = createLedgerPool({ url: system.env['DATABASE_URL'] ?? '', name: 'bench', max: 1 });
  try {
    const before = { app: cpuSecondsOf(checkpointer.pid), postgres: await postgresCpuSeconds(pool) };
    const startedAt = performance.now();
    const scope = { kind: 'period' as const, period };
    const reply = await ask(log, { environmentId: ENVIRONMENT, scope });
    const wallSeconds = (performance.now() - startedAt) / 1000;
    const appSeconds = cpuSecondsOf(checkpointer.pid) - before.app;
    const postgresSeconds = (await postgresCpuSeconds(pool)) - before.postgres;
    if (!reply.ok || !('runNo' in reply.answer)) throw new Error(`not sealed: ${JSON.stringify(reply)}`);
    const run = await findRun(pool, reply.answer);
    if (run === undefined) throw new Error('a month was sealed and is not there');
    const { count: customers, entries } = run;
    const root = Buffer.from(run.root).toString('hex');
    return { wallSeconds, appSeconds, postgresSeconds, customers, entries, root };
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
      what: 'and Postgres’s',
      value: sealed.postgresSeconds,
      unit: 's',
    },
  ];
}

/** As a stranger asks, once the head is out. @throws Error unless it is verified. */
async function measureVerification(system: System, root: string): Promise<Figure> {
  const url = `${system.apps.get('gateway')?.baseUrl}/api/v1/verify/${root}`;
  // The first answer waits for the head.
  await get(url, {});
  const startedAt = performance.now();
  const answer = await get(url, {});
  const seconds = (performance.now() - startedAt) / 1000;
  if (!answer.includes('"verified":true')) throw new Error(`not verified: ${answer.slice(0, 300)}`);
  const what = 'the root over all of them looked through by GET /verify';
  return { id: 'h.seal.month.verify', what, value: seconds, unit: 's' };
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

/** A month of usage, straight into the log. */
async function fill(
  log: DeltaLog,
  {
    customers,
    deltas,
    period,
  }: { readonly customers: number; readonly deltas: number; readonly period: number },
): Promise<void> {
  const lanes: EncodedDelta[][] = Array.from({ length: log.lanes }, () => []);
  const firstMs = periodStartMs(period);
  let published = 0;
  const publish = async (lane: number): Promise<void> => {
    const group = lanes[lane] ?? [];
    if (group.length === 0) return;
    lanes[lane] = [];
    const publishId = `bench-${period}-${lane}-${published++}`;
    await publishEnvelope(log, { lane, publishId, payload: encodeEnvelope(publishId, group) }, 10_000);
  };
  for (let i = 0; i < deltas; i += 1) {
    const customerId = `customer_${i % customers}`;
    const lane = laneOf(ENVIRONMENT, customerId, log.lanes);
    lanes[lane]?.push(encode(customerId, `${period}-${i}`, firstMs + (i % 2_000_000_000)));
    if (lanes[lane]?.length === ENVELOPE) await publish(lane);
  }
  for (let lane = 0; lane < log.lanes; lane += 1) await publish(lane);
}

function encode(customerId: string, name: string, occurredAtMs: number): EncodedDelta {
  return encodeUsage({
    ...{ environmentId: ENVIRONMENT, customerId, key: name, referenceId: name },
    ...{ amount: 1 + (occurredAtMs % 4_096), occurredAtMs },
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
