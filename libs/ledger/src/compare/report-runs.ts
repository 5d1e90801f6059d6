import type pg from 'pg';
import { withTransaction } from '../with-transaction.js';
import { type ReportRow, REPORT_COLUMNS, type StoredReport, toReport } from './reports.js';

/** Which beginning of a piece of work: whoever began it last may finish it, and nobody else. */
export interface Attempt {
  readonly number: number;
  /** From 1. */
  readonly attempt: number;
}

/** Begins making a report, or begins it again; undefined: there is nothing to be made any more. */
export async function beginReport(
  pool: pg.Pool,
  number: number,
  nowMs: number,
): Promise<(StoredReport & Attempt) | undefined> {
  const { rows } = await pool.query<ReportRow & { attempts: number }>(
    `UPDATE compare.report SET state = 'running', attempts = attempts + 1, touched_at_ms = $2, progress = NULL
      WHERE number = $1 AND state IN ('queued', 'running') RETURNING ${REPORT_COLUMNS}, attempts`,
    [number, nowMs],
  );
  return rows[0] && { ...toReport(rows[0]), attempt: rows[0].attempts };
}

/** @returns false when somebody else has begun it since: stand down. */
export async function noteReportProgress(
  pool: pg.Pool,
  { number, attempt }: Attempt,
  { progress, nowMs }: { readonly progress: object; readonly nowMs: number },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'note-report-progress',
    text: `UPDATE compare.report SET progress = $3, touched_at_ms = $4
            WHERE number = $1 AND attempts = $2 AND state = 'running'`,
    values: [number, attempt, JSON.stringify(progress), nowMs],
  });
  return rowCount === 1;
}

/** Waits for its turn again, such as for a statement that is being read. */
export async function putReportBack(pool: pg.Pool, { number, attempt }: Attempt): Promise<void> {
  await pool.query(
    `UPDATE compare.report SET state = 'queued', attempts = attempts - 1
      WHERE number = $1 AND attempts = $2 AND state = 'running'`,
    [number, attempt],
  );
}

export interface FinishedReport {
  readonly state: 'done' | 'failed';
  /** JSON. */
  readonly body: string;
  readonly nowMs: number;
}

/**
 * Keeps the report, together with all that the transaction wrote for it.
 *
 * @throws when somebody else has begun it since: everything in the transaction is to be rolled back.
 */
export async function keepReport(
  client: pg.ClientBase,
  { number, attempt }: Attempt,
  { state, body, nowMs }: FinishedReport,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE compare.report SET state = $3, body = $4, finished_at_ms = $5, touched_at_ms = $5, progress = NULL
      WHERE number = $1 AND attempts = $2 AND state = 'running'`,
    [number, attempt, state, body, nowMs],
  );
  if (rowCount !== 1) throw new Error(`report ${number} was begun again by somebody else`);
}

/** There will be no report; the body says why. Nothing happens when somebody else has begun it since. */
export async function failReport(
  pool: pg.Pool,
  attempt: Attempt,
  failed: Pick<FinishedReport, 'body' | 'nowMs'>,
): Promise<void> {
  await withTransaction(pool, (client) => keepReport(client, attempt, { state: 'failed', ...failed }));
}

/** Work that nobody has given a sign of life of for a while. */
export interface IdleWork {
  readonly kind: 'statement' | 'report';
  readonly number: number;
  readonly attempts: number;
}

/** What waits or is under way, and whose last sign of life is older than this. */
export async function findIdleWork(pool: pg.Pool, beforeMs: number, limit: number): Promise<IdleWork[]> {
  const { rows } = await pool.query<{ kind: 'statement' | 'report'; number: string; attempts: number }>(
    `(SELECT 'statement' AS kind, number::int8, attempts FROM compare.statement
       WHERE state IN ('received', 'reading') AND touched_at_ms < $1 ORDER BY touched_at_ms LIMIT $2)
     UNION ALL
     (SELECT 'report', number, attempts FROM compare.report
       WHERE state IN ('queued', 'running') AND touched_at_ms < $1 ORDER BY touched_at_ms LIMIT $2)`,
    [beforeMs, limit],
  );
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}

/** Uploads that broke off with their gateway. @returns how many. */
export async function dropAbandonedStatements(pool: pg.Pool, beforeMs: number): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM compare.statement WHERE state = 'arriving' AND touched_at_ms < $1`,
    [beforeMs],
  );
  return rowCount ?? 0;
}
