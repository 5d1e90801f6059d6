import type pg from 'pg';
import { plainArray } from '../array-literal.js';

/**
 * When a customer's deltas with these indexes were recorded, ms, by index. In which months they count is not asked for:
 * one look-up in each month's partition.
 */
export async function readRecordedTimes(
  pool: pg.Pool,
  customerNo: number,
  indexes: readonly number[],
): Promise<Map<number, number>> {
  const { rows } = await pool.query<{ idx: string; recorded_at_ms: string }>({
    name: 'read-recorded-times',
    text: 'SELECT idx, recorded_at_ms FROM entry WHERE customer_no = $1 AND idx = ANY($2::int8[])',
    values: [customerNo, plainArray(indexes)],
  });
  return new Map(rows.map((row) => [Number(row.idx), Number(row.recorded_at_ms)]));
}
