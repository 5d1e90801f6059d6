import type pg from 'pg';
import { uuidToHex } from './load-states.js';

/**
 * How many of a customer's latest deltas are looked through. References have no index of their own: it would cost
 * every delta a fifth of its write, for the few corrections that name a reference instead of a record.
 */
export const REFERENCE_SEARCH_DEPTH = 200_000;

export interface ReferenceQuery {
  readonly environmentId: string;
  readonly customerId: string;
  readonly referenceId: string;
  /** Most to return; more than one means that the reference is ambiguous. */
  readonly limit: number;
}

/** Keys of the customer's latest deltas with this reference, newest first: 32 hex digits each. */
export async function findByReference(pool: pg.Pool, query: ReferenceQuery): Promise<string[]> {
  const { rows } = await pool.query<{ record_key: string }>({
    name: 'find-by-reference',
    text: `SELECT e.record_key
             FROM customer c
             JOIN entry e ON e.customer_no = c.number AND e.idx >= c.count - ${REFERENCE_SEARCH_DEPTH}
            WHERE c.environment_id = $1 AND c.customer_id = $2 AND e.reference_id = $3
            ORDER BY e.idx DESC
            LIMIT $4`,
    values: [query.environmentId, query.customerId, query.referenceId, query.limit],
  });
  return rows.map((row) => uuidToHex(row.record_key));
}
