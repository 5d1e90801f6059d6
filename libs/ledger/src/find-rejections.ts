import type { RejectionCode } from '@pacspace/domain';
import type pg from 'pg';
import { uuidToHex } from './load-states.js';

export interface FoundRejection {
  readonly environmentId: string;
  readonly customerId: string;
  readonly recordKey: string;
  readonly sequence: number;
  readonly code: RejectionCode;
}

/** What was rejected of a lane's log after one sequence, up to and including another, in log order. */
export async function findRejections(
  pool: pg.Pool | pg.ClientBase,
  lane: number,
  range: { readonly after: number; readonly through: number },
): Promise<FoundRejection[]> {
  const { rows } = await pool.query<RejectionRecord>(
    `SELECT environment_id, customer_id, record_key, sequence, code
       FROM rejection WHERE lane = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence, ordinal`,
    [lane, range.after, range.through],
  );
  return rows.map((row) => ({
    environmentId: row.environment_id,
    customerId: row.customer_id,
    recordKey: uuidToHex(row.record_key),
    sequence: Number(row.sequence),
    code: row.code,
  }));
}

interface RejectionRecord {
  environment_id: string;
  customer_id: string;
  record_key: string;
  sequence: string;
  code: RejectionCode;
}
