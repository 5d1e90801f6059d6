import { LedgerError } from '../errors.js';
import type pg from 'pg';
import type { LogLease } from './log-lease.js';
import { insertRequests, type KeyedRequest } from './requests.js';

/** Seals of several customers over one scope, made together. */
export interface SealRun {
  readonly number: number;
  readonly logNo: number;
  readonly scope: string;
  /** Customers. */
  readonly count: number;
  /** Over the seals' leaves, in ascending order of customer id. */
  readonly root: Uint8Array;
  readonly madeAtMs: number;
}

export interface RunToRecord {
  readonly scope: string;
  readonly root: string;
  readonly count: number;
  readonly madeAtMs: number;
  /** Log indexes of the seals, ascending. */
  readonly members: readonly number[];
  readonly request?: KeyedRequest | undefined;
  /** Closed for all customers and sealed by this run, with all periods before it. */
  readonly sealedThrough?: number | undefined;
}

/**
 * Notes that the seals belong together; the same seals again are the same run, which keeps its number and its time.
 *
 * @throws LedgerError FENCED when the log is no longer of the size at which the seals were known to be the latest.
 */
export async function recordRun(lease: LogLease, size: number, run: RunToRecord): Promise<number> {
  const { logNo } = lease;
  return await lease.transaction(async (client) => {
    const { rowCount } = await client.query(
      `UPDATE seal.log SET sealed_through = greatest(sealed_through, $3) WHERE number = $1 AND size = $2`,
      [logNo, size, run.sealedThrough ?? -1],
    );
    if (rowCount !== 1) throw new LedgerError('FENCED', `log ${logNo} is no longer of size ${size}`);
    await client.query(
      `INSERT INTO seal.run (log_no, scope, root, count, made_at_ms, members)
       VALUES ($1, $2, decode($3, 'hex'), $4, $5, $6) ON CONFLICT (log_no, scope, root) DO NOTHING`,
      [logNo, run.scope, run.root, run.count, run.madeAtMs, toMultirange(run.members)],
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
    `SELECT number, log_no, scope, count, root, made_at_ms FROM seal.run WHERE ${where} ORDER BY number LIMIT 1`,
    ['runNo' in by ? by.runNo : by.root],
  );
  return rows[0] && toRun(rows[0]);
}

interface RunRow {
  number: number;
  log_no: number;
  scope: string;
  count: string;
  root: Buffer;
  made_at_ms: string;
}

function toRun(row: RunRow): SealRun {
  return {
    number: row.number,
    logNo: row.log_no,
    scope: row.scope,
    count: Number(row.count),
    root: row.root,
    madeAtMs: Number(row.made_at_ms),
  };
}
