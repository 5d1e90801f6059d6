import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { plainArray } from '../array-literal.js';
import type { CustomerFacts } from './read-customer.js';
import { type EntrySelection, whereSelected } from './select-entries.js';

export interface EntrySum {
  readonly count: number;
  /** Sum of the amounts. */
  readonly net: Amount;
}

/**
 * How many deltas are selected, and their sum. An unbroken run of indexes is the difference of two running balances;
 * periods selected as a whole are added up from their totals. Only what is left is read.
 */
export async function sumEntries(pool: pg.Pool, selection: EntrySelection): Promise<EntrySum> {
  const { customer, fromIndex, toIndex } = selection;
  if (fromIndex >= toIndex) return { count: 0, net: 0n };
  if (selection.contiguous) {
    const after = await readBalanceBefore(pool, customer, toIndex);
    const before = await readBalanceBefore(pool, customer, fromIndex);
    return { count: toIndex - fromIndex, net: after - before };
  }
  const read = await sumPartial(pool, selection);
  return selection.whole.reduce(
    (sum, one) => ({ count: sum.count + one.count, net: sum.net + one.net }),
    read,
  );
}

async function sumPartial(pool: pg.Pool, selection: EntrySelection): Promise<EntrySum> {
  if (selection.partial.length === 0) return { count: 0, net: 0n };
  const where = whereSelected(selection, selection.partial);
  const { rows } = await pool.query<{ count: string; net: string }>(
    `SELECT count(*) AS count, coalesce(sum(amount), 0) AS net FROM entry WHERE ${where.text}`,
    where.values,
  );
  const [row] = rows;
  return { count: Number(row?.count), net: amountFromCanonical(row?.net ?? '0') };
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
