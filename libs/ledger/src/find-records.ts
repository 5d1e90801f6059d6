import { amountFromCanonical, type DeltaContent } from '@pacspace/domain';
import type pg from 'pg';
import { plainArray, uuidArray } from './array-literal.js';
import { uuidToHex } from './load-states.js';

/** Where a key is recorded, and what was recorded under it: enough to compute its fingerprint again. */
export interface FoundRecord extends DeltaContent {
  /** 32 hex digits, without prefix. */
  readonly recordKey: string;
  readonly environmentId: string;
  readonly index: number;
  readonly logSequence: number;
  readonly recordedAtMs: number;
  readonly lane: number;
  readonly metadata: string | undefined;
  /** 32 hex digits, present when metadata is. */
  readonly salt: string | undefined;
}

/**
 * Which of the keys are recorded already. The common answer is none, at one index look-up a key; the rows are
 * fetched for those only that are.
 */
export async function findRecords(
  pool: pg.Pool | pg.ClientBase,
  recordKeys: readonly string[],
): Promise<FoundRecord[]> {
  if (recordKeys.length === 0) return [];
  const { rows: keys } = await pool.query<{ record_key: string }>({
    name: 'find-records',
    text: 'SELECT record_key FROM record WHERE record_key = ANY($1::uuid[])',
    values: [uuidArray(recordKeys)],
  });
  return keys.length === 0
    ? []
    : await fetchRecords(
        pool,
        keys.map((row) => row.record_key),
      );
}

async function fetchRecords(pool: pg.Pool | pg.ClientBase, uuids: readonly string[]): Promise<FoundRecord[]> {
  const { rows } = await pool.query<RecordRow>({
    name: 'fetch-records',
    text: `SELECT r.record_key, r.idx, c.environment_id, c.customer_id, c.lane, e.log_sequence, e.recorded_at_ms,
                  e.occurred_at_ms, e.adjusts_key, e.amount, e.reason, e.reference_id, e.metadata, e.salt
             FROM record r
             JOIN entry e ON e.customer_no = r.customer_no AND e.idx = r.idx AND e.period = r.period
             JOIN customer c ON c.number = r.customer_no
            WHERE r.record_key = ANY($1::uuid[])`,
    values: [plainArray(uuids)],
  });
  return rows.map(toFoundRecord);
}

interface RecordRow {
  record_key: string;
  idx: string;
  environment_id: string;
  customer_id: string;
  lane: number;
  log_sequence: string;
  recorded_at_ms: string;
  occurred_at_ms: string | null;
  adjusts_key: string | null;
  amount: string;
  reason: string;
  reference_id: string | null;
  metadata: string | null;
  salt: string | null;
}

function toFoundRecord(row: RecordRow): FoundRecord {
  const recordKey = uuidToHex(row.record_key);
  return {
    recordKey,
    recordId: `rec_${recordKey}`,
    environmentId: row.environment_id,
    customerId: row.customer_id,
    lane: row.lane,
    index: Number(row.idx),
    logSequence: Number(row.log_sequence),
    recordedAtMs: Number(row.recorded_at_ms),
    occurredAtMs: row.occurred_at_ms === null ? undefined : Number(row.occurred_at_ms),
    adjusts: row.adjusts_key === null ? undefined : `rec_${uuidToHex(row.adjusts_key)}`,
    amount: amountFromCanonical(row.amount),
    reason: row.reason,
    referenceId: row.reference_id ?? undefined,
    metadata: row.metadata ?? undefined,
    salt: row.salt === null ? undefined : uuidToHex(row.salt),
  };
}
