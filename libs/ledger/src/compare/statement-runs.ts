import { type Amount, formatAmount } from '@pacspace/domain';
import type pg from 'pg';
import { COPY_NULL, copyText } from '../copy-text.js';
import { withTransaction } from '../with-transaction.js';
import { attachPartition, fillPartition } from './partition.js';
import type { Attempt } from './report-runs.js';
import { STATEMENT_COLUMNS, type StatementRow, type StoredStatement, toStatement } from './statements.js';

/** Begins reading a statement into records, or begins it again; undefined: that is done. */
export async function beginStatement(
  pool: pg.Pool,
  number: number,
  nowMs: number,
): Promise<(StoredStatement & Attempt) | undefined> {
  const { rows } = await pool.query<StatementRow & { attempts: number }>(
    `UPDATE compare.statement SET state = 'reading', attempts = attempts + 1, touched_at_ms = $2, bytes_read = 0,
            records = 0, zeros = 0
      WHERE number = $1 AND state IN ('received', 'reading') RETURNING ${STATEMENT_COLUMNS}, attempts`,
    [number, nowMs],
  );
  return rows[0] && { ...toStatement(rows[0]), attempt: rows[0].attempts };
}

export interface ReadSoFar {
  readonly bytesRead: number;
  readonly records: number;
  readonly zeros: number;
}

/** @returns false when somebody else has begun it since: stand down. */
export async function noteStatementProgress(
  pool: pg.Pool,
  { number, attempt }: Attempt,
  { bytesRead, records, zeros, nowMs }: ReadSoFar & { readonly nowMs: number },
): Promise<boolean> {
  const { rowCount } = await pool.query({
    name: 'note-statement-progress',
    text: `UPDATE compare.statement SET bytes_read = $3, records = $4, zeros = $5, touched_at_ms = $6
            WHERE number = $1 AND attempts = $2 AND state = 'reading'`,
    values: [number, attempt, bytesRead, records, zeros, nowMs],
  });
  return rowCount === 1;
}

/** A statement that cannot be read as records. Nothing happens when somebody else has begun it since. */
export async function refuseStatement(
  pool: pg.Pool,
  { number, attempt }: Attempt,
  { problems, nowMs }: { readonly problems: object; readonly nowMs: number },
): Promise<void> {
  await pool.query(
    `UPDATE compare.statement SET state = 'refused', problems = $3, read_at_ms = $4, touched_at_ms = $4
      WHERE number = $1 AND attempts = $2 AND state = 'reading'`,
    [number, attempt, JSON.stringify(problems), nowMs],
  );
}

/** A record of a statement; dimensions as JSON. */
export interface RecordRow {
  readonly row: number;
  readonly line: number;
  readonly atMs: number | undefined;
  readonly amount: Amount;
  readonly reference: string | undefined;
  readonly reason: string | undefined;
  readonly dimensions: string | undefined;
}

export interface ReadStatement extends ReadSoFar {
  readonly total: Amount;
  /** JSON: how it was read, with what was found out on the way. */
  readonly reading: string;
  readonly nowMs: number;
}

/**
 * Writes a statement's records and says that it is ready, in one transaction.
 *
 * @param read writes them by what it is given, and says what there was.
 * @throws when somebody else has begun it since, or `read` does; nothing is written then.
 */
export async function writeStatementRows(
  pool: pg.Pool,
  attempt: Attempt,
  read: (write: (rows: readonly RecordRow[]) => Promise<void>) => Promise<ReadStatement>,
): Promise<void> {
  const { number } = attempt;
  const partition = { parent: 'statement_row', key: 'statement_no', columns: COLUMNS, ...attempt } as const;
  await withTransaction(pool, async (client) => {
    const done = await fillPartition(client, partition, (writer) =>
      read((rows) => writer.write(rows.map((row) => rowLine(row, number)).join(''))),
    );
    await finish(client, attempt, done);
    await attachPartition(client, partition);
  });
}

async function finish(
  client: pg.ClientBase,
  { number, attempt }: Attempt,
  done: ReadStatement,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE compare.statement SET state = 'ready', bytes_read = $3, records = $4, zeros = $5, total = $6, reading = $7,
            read_at_ms = $8, touched_at_ms = $8
      WHERE number = $1 AND attempts = $2 AND state = 'reading'`,
    [
      number,
      attempt,
      done.bytesRead,
      done.records,
      done.zeros,
      formatAmount(done.total),
      done.reading,
      done.nowMs,
    ],
  );
  if (rowCount !== 1) throw new Error(`statement ${number} was begun again by somebody else`);
}

const COLUMNS = 'statement_no, row, line, at_ms, amount, reference, reason, dimensions';

function rowLine(row: RecordRow, statementNo: number): string {
  return (
    `${statementNo}\t${row.row}\t${row.line}\t${row.atMs ?? COPY_NULL}\t${formatAmount(row.amount)}\t` +
    `${optional(row.reference)}\t${optional(row.reason)}\t${optional(row.dimensions)}\n`
  );
}

function optional(text: string | undefined): string {
  return text === undefined ? COPY_NULL : copyText(text);
}
