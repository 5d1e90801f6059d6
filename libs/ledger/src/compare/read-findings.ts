import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { uuidToHex } from '../load-states.js';
import { toOptionalNumber } from '../reads/nullable.js';
import type { FindingRow } from './write-report.js';

/** Which findings of a report are meant. What is absent does not restrict. */
export interface FindingQuery {
  readonly reportNo: number;
  readonly classes?: readonly number[] | undefined;
  readonly cause?: number | undefined;
  /** By the time at which they stand in the drill-down; the end is not included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly reason?: string | undefined;
  readonly dimension?: { readonly place: number; readonly value: string } | undefined;
  /** After the finding with this number. */
  readonly after: number;
  readonly limit: number;
}

export interface StoredFinding extends FindingRow {
  readonly number: number;
}

/** A page of a report's findings, in their order. */
export async function readFindings(pool: pg.Pool, query: FindingQuery): Promise<StoredFinding[]> {
  const { text, values } = whereFound(query);
  const { rows } = await pool.query<FindingRecord>(
    `SELECT number, class, means, cause, at_ms, contribution, here, there, here_others, there_others, reason, dimensions
       FROM compare.finding WHERE ${text} ORDER BY number LIMIT ${query.limit}`,
    values,
  );
  return rows.map(toFinding);
}

function whereFound(query: FindingQuery): { text: string; values: unknown[] } {
  const values: unknown[] = [query.reportNo, query.after];
  let text = 'report_no = $1 AND number > $2';
  const { classes, cause, fromMs, toMs, reason, dimension } = query;
  // Said once more in the index's own words where it can be used.
  if (classes !== undefined && !classes.includes(0)) text += ' AND class <> 0';
  if (classes !== undefined) text += ` AND class = ANY($${values.push(classes)})`;
  if (cause !== undefined) text += ` AND cause = $${values.push(cause)}`;
  if (fromMs !== undefined) text += ` AND at_ms >= $${values.push(fromMs)}`;
  if (toMs !== undefined) text += ` AND at_ms < $${values.push(toMs)}`;
  if (reason !== undefined) text += ` AND reason = $${values.push(reason)}`;
  if (dimension !== undefined) {
    text += ` AND dimensions::jsonb ->> ${dimension.place} = $${values.push(dimension.value)}`;
  }
  return { text, values };
}

/** An entry, as far as a finding shows it. */
export interface FoundEntry {
  readonly index: number;
  /** 32 hex digits. */
  readonly recordKey: string;
  readonly logSequence: number;
  readonly atMs: number;
  readonly amount: Amount;
  readonly reason: string;
  readonly reference: string | undefined;
}

/** The entries of a customer with these indexes. */
export async function readFoundEntries(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly customerId: string },
  indexes: readonly number[],
): Promise<Map<number, FoundEntry>> {
  if (indexes.length === 0) return new Map();
  const { rows } = await pool.query<EntryRow>(
    `SELECT idx, record_key, log_sequence, coalesce(occurred_at_ms, recorded_at_ms) AS at_ms, amount, reason, reference_id
       FROM entry
      WHERE customer_no = (SELECT number FROM customer WHERE environment_id = $1 AND customer_id = $2)
        AND idx = ANY($3::int8[])`,
    [of.environmentId, of.customerId, indexes],
  );
  return new Map(
    rows.map((row) => [
      Number(row.idx),
      {
        index: Number(row.idx),
        recordKey: uuidToHex(row.record_key),
        logSequence: Number(row.log_sequence),
        atMs: Number(row.at_ms),
        amount: amountFromCanonical(row.amount),
        reason: row.reason,
        reference: row.reference_id ?? undefined,
      },
    ]),
  );
}

interface EntryRow {
  idx: string;
  record_key: string;
  log_sequence: string;
  at_ms: string;
  amount: string;
  reason: string;
  reference_id: string | null;
}

/** A statement's record, as far as a finding shows it. */
export interface FoundRow {
  readonly row: number;
  readonly line: number;
  readonly atMs: number | undefined;
  readonly amount: Amount;
  readonly reason: string | undefined;
  readonly reference: string | undefined;
}

/** The records of a statement with these numbers. */
export async function readFoundRows(
  pool: pg.Pool,
  statementNo: number,
  numbers: readonly number[],
): Promise<Map<number, FoundRow>> {
  if (numbers.length === 0) return new Map();
  const { rows } = await pool.query<StatementRecord>(
    `SELECT row, line, at_ms, amount, reason, reference FROM compare.statement_row
      WHERE statement_no = $1 AND row = ANY($2::int4[])`,
    [statementNo, numbers],
  );
  return new Map(
    rows.map((row) => [
      row.row,
      {
        row: row.row,
        line: row.line,
        atMs: toOptionalNumber(row.at_ms),
        amount: amountFromCanonical(row.amount),
        reason: row.reason ?? undefined,
        reference: row.reference ?? undefined,
      },
    ]),
  );
}

interface StatementRecord {
  row: number;
  line: number;
  at_ms: string | null;
  amount: string;
  reason: string | null;
  reference: string | null;
}

interface FindingRecord {
  number: string;
  class: number;
  means: number;
  cause: number | null;
  at_ms: string | null;
  contribution: string;
  here: string | null;
  there: number | null;
  here_others: string[] | null;
  there_others: number[] | null;
  reason: string | null;
  dimensions: string | null;
}

function toFinding(row: FindingRecord): StoredFinding {
  return {
    number: Number(row.number),
    class: row.class,
    means: row.means,
    cause: row.cause ?? undefined,
    atMs: toOptionalNumber(row.at_ms),
    contribution: amountFromCanonical(row.contribution),
    here: row.here === null ? [] : [Number(row.here), ...(row.here_others ?? []).map(Number)],
    there: row.there === null ? [] : [row.there, ...(row.there_others ?? [])],
    reason: row.reason ?? undefined,
    dimensions: row.dimensions ?? undefined,
  };
}
