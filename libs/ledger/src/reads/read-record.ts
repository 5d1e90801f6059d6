import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { uuidToHex } from '../load-states.js';
import { ENTRY_COLUMNS, type EntryRecord, type RecordedEntry, toRecordedEntry } from './recorded-entry.js';

/** What became of a key, and whose it is. */
export type FoundOutcome =
  | {
      readonly kind: 'recorded';
      readonly environmentId: string;
      readonly customerId: string;
      readonly lane: number;
      /** 32 hex digits; of the request that brought it. */
      readonly traceId: string;
      readonly entry: RecordedEntry;
    }
  | {
      readonly kind: 'rejected';
      readonly environmentId: string;
      readonly customerId: string;
      readonly lane: number;
      readonly traceId: string;
      readonly logSequence: number;
      readonly recordedAtMs: number;
      readonly fingerprint: string;
      readonly amount: Amount;
      readonly code: string;
    };

/**
 * What the ledger says of a key (32 hex digits). A recorded delta comes before a rejected one: a conflict under a key
 * takes nothing from the delta that has it. Of several rejections the last one counts.
 */
export async function readRecord(pool: pg.Pool, recordKey: string): Promise<FoundOutcome | undefined> {
  return (await readRecorded(pool, recordKey)) ?? (await readRejected(pool, recordKey));
}

async function readRecorded(pool: pg.Pool, recordKey: string): Promise<FoundOutcome | undefined> {
  const { rows } = await pool.query<EntryRecord & OwnerRow>({
    name: 'read-recorded',
    text: `SELECT ${ENTRY_COLUMNS}, e.trace_id, c.environment_id, c.customer_id, c.lane
             FROM record r
             JOIN entry e ON e.customer_no = r.customer_no AND e.idx = r.idx AND e.period = r.period
             JOIN customer c ON c.number = r.customer_no
            WHERE r.record_key = $1`,
    values: [recordKey],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return { kind: 'recorded', ...toOwner(row), entry: toRecordedEntry(row) };
}

async function readRejected(pool: pg.Pool, recordKey: string): Promise<FoundOutcome | undefined> {
  const { rows } = await pool.query<RejectionRecord & OwnerRow>({
    name: 'read-rejected',
    text: `SELECT environment_id, customer_id, lane, trace_id, sequence, recorded_at_ms, fingerprint, amount, code
             FROM rejection WHERE record_key = $1 ORDER BY sequence DESC, ordinal DESC LIMIT 1`,
    values: [recordKey],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    kind: 'rejected',
    ...toOwner(row),
    logSequence: Number(row.sequence),
    recordedAtMs: Number(row.recorded_at_ms),
    fingerprint: row.fingerprint.toString('hex'),
    amount: amountFromCanonical(row.amount),
    code: row.code,
  };
}

interface OwnerRow {
  environment_id: string;
  customer_id: string;
  lane: number;
  trace_id: string;
}

interface RejectionRecord {
  sequence: string;
  recorded_at_ms: string;
  fingerprint: Buffer;
  amount: string;
  code: string;
}

function toOwner(row: OwnerRow) {
  const { environment_id: environmentId, customer_id: customerId, lane } = row;
  return { environmentId, customerId, lane, traceId: uuidToHex(row.trace_id) };
}

export interface RecordPlace {
  readonly customerNo: number;
  readonly index: number;
}

/** Where a key is recorded; one look-up by key. */
export async function findRecordPlace(pool: pg.Pool, recordKey: string): Promise<RecordPlace | undefined> {
  const { rows } = await pool.query<{ customer_no: number; idx: string }>({
    name: 'find-record-place',
    text: 'SELECT customer_no, idx FROM record WHERE record_key = $1',
    values: [recordKey],
  });
  const [row] = rows;
  return row === undefined ? undefined : { customerNo: row.customer_no, index: Number(row.idx) };
}
