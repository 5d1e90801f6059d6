import type { Period } from '@pacspace/domain';
import type pg from 'pg';
import { LedgerError } from '../errors.js';
import type { LogLease } from './log-lease.js';
import { insertRequests, type KeyedRequest } from './requests.js';

/** Seals of several customers over one scope, made together. */
export interface SealRun {
  readonly number: number;
  readonly logNo: number;
  readonly scope: string;
  /** Customers. */
  readonly count: number;
  /** Covered by their seals together. */
  readonly entries: number;
  /** Over the seals' leaves, in ascending order of customer id. */
  readonly root: Uint8Array;
  readonly madeAtMs: number;
}

export interface RunToRecord {
  readonly scope: string;
  readonly root: string;
  readonly count: number;
  readonly entries: number;
  readonly madeAtMs: number;
  /** Log indexes of the seals, ascending. */
  readonly members: readonly number[];
  readonly request?: KeyedRequest | undefined;
}

/**
 * Notes that the seals belong together; the same seals again are the same run, which keeps its number and its time.
 *
 * @throws LedgerError FENCED
 */
export async function recordRun(lease: LogLease, size: number, run: RunToRecord): Promise<number> {
  const { logNo } = lease;
  return await lease.transaction(async (client) => {
    await assertSize(client, logNo, size);
    await client.query(
      `INSERT INTO seal.run (log_no, scope, root, count, entries, made_at_ms, members)
       VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6, $7) ON CONFLICT (log_no, scope, root) DO NOTHING`,
      [logNo, run.scope, run.root, run.count, run.entries, run.madeAtMs, toMultirange(run.members)],
    );
    const { rows } = await client.query<{ number: number }>(
      `SELECT number FROM seal.run WHERE log_no = $1 AND scope = $2 AND root = decode($3, 'hex')`,
      [logNo, run.scope, run.root],
    );
    const runNo = rows[0]?.number;
    if (runNo === undefined) throw new Error('a run was recorded and is not there');
    if (run.request !== undefined) {
      await insertRequests(client, logNo, [{ ...run.request, answer: { runNo } }]);
    }
    return runNo;
  });
}

/**
 * Notes that every period up to this one is closed and sealed for all of the environment's customers.
 *
 * @throws LedgerError FENCED
 */
export async function markSealedThrough(lease: LogLease, size: number, period: Period): Promise<void> {
  await lease.transaction(async (client) => {
    await assertSize(client, lease.logNo, size);
    await client.query(
      'UPDATE seal.log SET sealed_through = greatest(sealed_through, $2) WHERE number = $1',
      [lease.logNo, period],
    );
  });
}

/** The fence of what adds no seal: a writer that has been replaced finds another size, and waits here until it can. */
async function assertSize(client: pg.ClientBase, logNo: number, size: number): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM seal.log WHERE number = $1 AND size = $2 FOR UPDATE', [
    logNo,
    size,
  ]);
  if (rowCount !== 1) throw new LedgerError('FENCED', `log ${logNo} is no longer of size ${size}`);
}

/** Ascending numbers as Postgres reads a multirange: neighbours are one range. */
function toMultirange(numbers: readonly number[]): string {
  const ranges: string[] = [];
  let first = numbers[0];
  for (let i = 0; i < numbers.length && first !== undefined; i += 1) {
    const last = numbers[i] ?? 0;
    const next = numbers[i + 1];
    if (next === last + 1) continue;
    ranges.push(`[${first},${last + 1})`);
    first = next;
  }
  return `{${ranges.join(',')}}`;
}

export async function findRun(
  pool: pg.Pool,
  by: { readonly runNo: number } | { readonly root: Uint8Array },
): Promise<SealRun | undefined> {
  const where = 'runNo' in by ? 'number = $1' : 'root = $1';
  const { rows } = await pool.query<RunRow>(
    `SELECT number, log_no, scope, count, entries, root, made_at_ms FROM seal.run WHERE ${where} ORDER BY number LIMIT 1`,
    ['runNo' in by ? by.runNo : by.root],
  );
  return rows[0] && toRun(rows[0]);
}

interface RunRow {
  number: number;
  log_no: number;
  scope: string;
  count: string;
  entries: string;
  root: Buffer;
  made_at_ms: string;
}

function toRun(row: RunRow): SealRun {
  return {
    number: row.number,
    logNo: row.log_no,
    scope: row.scope,
    count: Number(row.count),
    entries: Number(row.entries),
    root: row.root,
    madeAtMs: Number(row.made_at_ms),
  };
}
