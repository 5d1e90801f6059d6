import { formatPeriod, type Period } from '@pacspace/domain';
import type pg from 'pg';
import type { PeriodFacts } from './read-customer.js';
import { ENTRY_COLUMNS, type EntryRecord, type RecordedEntry, toRecordedEntry } from './recorded-entry.js';
import { type EntrySelection, whereSelected } from './select-entries.js';
import { AS_TEXTS, SHOWN_COLUMNS, type ShownEntry, type ShownTexts, toShownEntry } from './shown-entry.js';

export interface EntryPage {
  readonly limit: number;
  /** How many of the selected to skip. */
  readonly offset?: number;
  readonly newestFirst?: boolean;
}

/**
 * A page of the selected deltas in log order, or from the newest back. In an unbroken run of indexes the offset is
 * arithmetic, so that a page deep in a million costs what the first one does; elsewhere what is skipped is counted off
 * along the index (about 1 ms for 5,000).
 */
export async function pageEntries(
  pool: pg.Pool,
  selection: EntrySelection,
  page: EntryPage,
): Promise<RecordedEntry[]> {
  const query = selectPage(ENTRY_COLUMNS, selection, page);
  if (query === undefined) return [];
  const { rows } = await pool.query<EntryRecord>(query);
  return rows.map(toRecordedEntry);
}

/** The same page, for those who only show it. */
export async function pageShownEntries(
  pool: pg.Pool,
  selection: EntrySelection,
  page: EntryPage,
): Promise<ShownEntry[]> {
  const query = selectRun(selection, page) ?? selectPage(SHOWN_COLUMNS, selection, page);
  if (query === undefined) return [];
  const { rows } = await pool.query<ShownTexts>({ ...query, ...AS_TEXTS });
  return rows.map(toShownEntry);
}

/**
 * What is asked for as a rule, a run of indexes within one period, read from that period's partition by its name: such a
 * statement is planned once for a connection, and planning takes as long as reading the page.
 */
function selectRun(selection: EntrySelection, page: EntryPage): (PageQuery & { name: string }) | undefined {
  const { customer, contiguous, fromIndex, toIndex } = selection;
  if (!contiguous || page.newestFirst === true) return undefined;
  const from = fromIndex + (page.offset ?? 0);
  const to = Math.min(toIndex, from + page.limit);
  const periods = periodsWithin(selection, from, to);
  const [period] = periods;
  if (period === undefined || periods.length > 1) return undefined;
  const partition = entryPartition(period.period);
  return {
    name: `page-${partition}`,
    text: `SELECT ${SHOWN_COLUMNS} FROM ${partition} e WHERE customer_no = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`,
    values: [customer.number, from, to],
  };
}

interface PageQuery {
  readonly text: string;
  readonly values: (string | number)[];
}

/** Undefined: nothing is on the page. */
function selectPage(columns: string, selection: EntrySelection, page: EntryPage): PageQuery | undefined {
  const { limit, offset = 0, newestFirst = false } = page;
  if (!selection.contiguous) return writeQuery(columns, selection, { limit, offset, newestFirst });
  const { fromIndex, toIndex } = selection;
  const range = newestFirst
    ? { fromIndex: Math.max(fromIndex, toIndex - offset - limit), toIndex: toIndex - offset }
    : { fromIndex: fromIndex + offset, toIndex: Math.min(toIndex, fromIndex + offset + limit) };
  return writeQuery(columns, { ...selection, ...range }, { limit, offset: 0, newestFirst });
}

function writeQuery(
  columns: string,
  selection: EntrySelection,
  { limit, offset, newestFirst }: Required<EntryPage>,
): PageQuery | undefined {
  const { fromIndex, toIndex } = selection;
  const periods = periodsWithin(selection, fromIndex, toIndex);
  if (periods.length === 0 || fromIndex >= toIndex) return undefined;
  const where = whereSelected(selection, periods);
  const at = where.values.length;
  const text = `SELECT ${columns} FROM entry e WHERE ${where.text}
      ORDER BY e.idx ${newestFirst ? 'DESC' : 'ASC'} LIMIT $${at + 1} OFFSET $${at + 2}`;
  return { text, values: [...where.values, limit, offset] };
}

function periodsWithin(selection: EntrySelection, fromIndex: number, toIndex: number): PeriodFacts[] {
  return [...selection.whole, ...selection.partial].filter(
    (one) => one.lastIndex >= fromIndex && one.firstIndex < toIndex,
  );
}

/** The table of one period's entries, as the schema's ensure_period names it. */
const entryPartition = (period: Period): string => `entry_${formatPeriod(period).replace('-', '_')}`;
