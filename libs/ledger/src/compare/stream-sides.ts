import { type Amount, amountFromCanonical } from '@pacspace/domain';
import pg from 'pg';
import { copyOut, type CopiedRow } from '../copy-stream.js';
import { EVENT_TIME, type EntrySelection, whereSelected } from '../reads/select-entries.js';

/** A record of one of two sides that are held against each other. */
export interface StreamedRecord {
  /** Here an entry's index, there a row's number. */
  readonly position: number;
  readonly reference: string | undefined;
  readonly amount: Amount;
  readonly timeMs: number | undefined;
  readonly reason: string | undefined;
  readonly dimensions: readonly (string | undefined)[];
  /** It is not of the compared scope. */
  readonly isOutside: boolean;
}

export interface LedgerSide {
  readonly selection: EntrySelection;
  /** Where what is missing may have gone: the periods before and after, as a rule. */
  readonly outside: readonly EntrySelection[];
  /** Of what is outside, only what this statement's rows refer to; undefined: all of it. */
  readonly referredBy: number | undefined;
  /** Members of the metadata. */
  readonly dimensions: readonly string[];
}

/** Ordered by code point, those without at the end: what the matcher wants of both sides. */
const BY_REFERENCE = 'ORDER BY reference COLLATE "C" NULLS LAST';

/** A sort of a million short rows stays in memory. */
const WORK_MEM = `SET work_mem = '128MB'`;

/** The selected entries of a customer by reference. The connection is this stream's alone until it ends. */
export async function* streamLedgerSide(
  client: pg.ClientBase,
  side: LedgerSide,
): AsyncGenerator<readonly StreamedRecord[]> {
  const { selection, outside, referredBy, dimensions } = side;
  const values = dimensions.map((name) => `metadata::jsonb ->> ${pg.escapeLiteral(name)}`);
  const columns = [`idx`, `reference_id AS reference`, `amount`, EVENT_TIME, `reason`, ...values].join(', ');
  const referred =
    referredBy === undefined
      ? ''
      : ` AND reference_id IN (SELECT reference FROM compare.statement_row WHERE statement_no = ${referredBy})`;
  const parts = [
    ...whereOf(selection).map((where) => `SELECT ${columns}, false FROM ledger.entry WHERE ${where}`),
    ...outside
      .flatMap(whereOf)
      .map((where) => `SELECT ${columns}, true FROM ledger.entry WHERE ${where}${referred}`),
  ];
  if (parts.length === 0) return;
  await client.query(WORK_MEM);
  const sql = `SELECT * FROM (${parts.join(' UNION ALL ')}) side ${BY_REFERENCE}`;
  for await (const rows of copyOut(client, sql)) yield rows.map(toRecord);
}

export interface StatementSide {
  readonly statementNo: number;
  /** Rows whose time lies before, or not before, are of another scope; undefined: none is. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

/** A statement's records by reference. The connection is this stream's alone until it ends. */
export async function* streamStatementSide(
  client: pg.ClientBase,
  side: StatementSide,
): AsyncGenerator<readonly StreamedRecord[]> {
  await client.query(WORK_MEM);
  const sql = `SELECT row, reference, amount, at_ms, reason, dimensions, ${outsideOf(side)}
                 FROM compare.statement_row WHERE statement_no = ${side.statementNo} ${BY_REFERENCE}`;
  for await (const rows of copyOut(client, sql)) yield rows.map(toStatementRecord);
}

/** A row that names no time cannot be said to be of another scope. */
function outsideOf({ startMs, endMs }: StatementSide): string {
  const tests = [
    ...(startMs === undefined ? [] : [`at_ms < ${startMs}`]),
    ...(endMs === undefined ? [] : [`at_ms >= ${endMs}`]),
  ];
  return tests.length === 0 ? 'false' : `coalesce(${tests.join(' OR ')}, false)`;
}

/** COPY takes no parameters. What stands in the condition are numbers of ours, and lists of such. */
function whereOf(selection: EntrySelection): string[] {
  const periods = [...selection.whole, ...selection.partial];
  if (periods.length === 0 || selection.fromIndex >= selection.toIndex) return [];
  const { text, values } = whereSelected(selection, periods);
  return [text.replaceAll(/\$(\d+)/g, (_, place: string) => `'${values[Number(place) - 1] ?? ''}'`)];
}

function toRecord(row: CopiedRow): StreamedRecord {
  const [position, reference, amount, timeMs, reason] = row;
  return {
    position: Number(position),
    reference: reference ?? undefined,
    amount: amountFromCanonical(amount ?? '0'),
    timeMs: Number(timeMs),
    reason: reason ?? undefined,
    dimensions: row.slice(5, -1).map((value) => value ?? undefined),
    isOutside: row.at(-1) === 't',
  };
}

const NO_DIMENSIONS: readonly undefined[] = [];

function toStatementRecord(row: CopiedRow): StreamedRecord {
  const [position, reference, amount, timeMs, reason, dimensions, isOutside] = row;
  return {
    position: Number(position),
    reference: reference ?? undefined,
    amount: amountFromCanonical(amount ?? '0'),
    timeMs: timeMs === null ? undefined : Number(timeMs),
    reason: reason ?? undefined,
    dimensions:
      typeof dimensions === 'string'
        ? (JSON.parse(dimensions) as (string | null)[]).map((value) => value ?? undefined)
        : NO_DIMENSIONS,
    isOutside: isOutside === 't',
  };
}
