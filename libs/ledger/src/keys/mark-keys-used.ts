import type pg from 'pg';
import { plainArray } from '../array-literal.js';

/** @param used keys by id, and when each was used last, in ms since the epoch. */
export async function markKeysUsed(pool: pg.Pool, used: ReadonlyMap<string, number>): Promise<void> {
  await pool.query({
    name: 'mark-keys-used',
    text: `UPDATE api_key k SET last_used_at = greatest(k.last_used_at, to_timestamp(v.at / 1000.0))
             FROM unnest($1::text[], $2::int8[]) AS v (id, at) WHERE k.id = v.id`,
    values: [[...used.keys()], plainArray([...used.values()])],
  });
}
