import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { plainArray } from '../array-literal.js';
import type { CustomerFacts } from './read-customer.js';
import { type EntrySelection, whereSelected } from './select-entries.js';

export interface EntrySum {
  readonly count: number;
  /** Sum of the amounts. */
  readonly net: Amount;
  /** Lowest and highest index; undefined when nothing is selected. */
  readonly span: { readonly first: number; readonly last: number } | undefined;
}

const NOTHING: EntrySum = { count: 0, net: 0n, span: undefined };

/**
 * How many deltas are selected, and their sum. An unbroken run of indexes is the difference of two running balances;
 * periods selected as a whole are added up from their totals. Only what is left is read.
 */
export async function sumEntries(pool: pg.Pool, selection: EntrySelection): Promise<EntrySum> {
  const { customer, fromIndex, toIndex } = selection;
  if (fromIndex >= toIndex) return NOTHING;
  if (selection.contiguous) {
    const after = await readBalanceBefore(pool, customer, toIndex);
    const before = await readBalanceBefore(pool, customer, fromIndex);
    const span = { first: fromIndex, last: toIndex - 1 };
    return { count: toIndex - fromIndex, net: after - before, span };
  }
  const parts = selection.whole.map(({ count, net, firstIndex, lastIndex }) => ({
    count,
    net,
    span: { first: firstIndex, last: lastIndex },
  }));
  return parts.reduce(add, await sumPartial(pool, selection));
}

function add(a: EntrySum, b: EntrySum): EntrySum {
  const spans = [a.span, b.span].filter((span) => span !== undefined);
  const span = {
    first: Math.min(...spans.map((one) => one.first)),
    last: Math.max(...spans.map((one) => one.last)),
  };
  return { count: a.count + b.count, net: a.net + b.net, span };
}

/**
 * The same deltas, found faster: what was summed says between which indexes they are, and whether they are an unbroken run.
 */
export function narrowSelection(selection: EntrySelection, { count, span }: EntrySum): EntrySelection {
  if (span === undefined) return { ...selection, toIndex: selection.fromIndex };
  const range = { fromIndex: span.first, toIndex: span.last + 1 };
  return count === range.toIndex - range.fromIndex
    ? { ...selection, ...range, fromMs: undefined, toMs: undefined, contiguous: true }
    : { ...selection, ...range };
}

async function sumPartial(pool: pg.Pool, selection: EntrySelection): Promise<EntrySum> {
  if (selection.partial.length === 0) return NOTHING;
  const where = whereSelected(selection, selection.partial);
  const { rows } = await pool.query<SumRow>(
    `SELECT count(*) AS count, coalesce(sum(amount), 0) AS net, min(idx) AS first, max(idx) AS last
       FROM entry WHERE ${where.text}`,
    where.values,
  );
  const [row] = rows;
  if (row === undefined || row.first === null || row.last === null) return NOTHING;
  return {
    count: Number(row.count),
    net: amountFromCanonical(row.net),
    span: { first: Number(row.first), last: Number(row.last) },
  };
}

interface SumRow {
  count: string;
  net: string;
  first: string | null;
  last: string | null;
}

/** The customer's balance before the delta with this index. */
async function readBalanceBefore(pool: pg.Pool, customer: CustomerFacts, index: number): Promise<Amount> {
  if (index === 0) return 0n;
  if (index === customer.count) return customer.balance;
  const periods = customer.periods.filter((one) => one.firstIndex < index && one.lastIndex >= index - 1);
  const { rows } = await pool.query<{ balance: string }>(
    'SELECT balance FROM entry WHERE customer_no = $1 AND period = ANY($2::int4[]) AND idx = $3',
    [customer.number, plainArray(periods.map((one) => one.period)), index - 1],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`customer ${customer.number} has no entry ${index - 1}`);
  return amountFromCanonical(row.balance);
}
