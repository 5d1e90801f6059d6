import { amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { nameArray, plainArray } from '../array-literal.js';
import { uuidToHex } from '../load-states.js';
import {
  ENTRY_COLUMNS,
  type EntryRecord,
  type RecordedEntry,
  toRecordedEntry,
} from '../reads/recorded-entry.js';
import type { FoundOutcome } from '../reads/read-record.js';

/** Entries by their record keys (32 hex digits); absent where a key is not recorded. */
export async function readEntriesByKey(
  pool: pg.Pool,
  recordKeys: readonly string[],
): Promise<ReadonlyMap<string, RecordedEntry>> {
  if (recordKeys.length === 0) return new Map();
  const { rows } = await pool.query<EntryRecord>({
    name: 'read-entries-by-key',
    text: `SELECT ${ENTRY_COLUMNS} FROM record r
             JOIN entry e ON e.customer_no = r.customer_no AND e.idx = r.idx AND e.period = r.period
            WHERE r.record_key = ANY($1::uuid[])`,
    values: [plainArray(recordKeys)],
  });
  return new Map(rows.map((row) => [uuidToHex(row.record_key), toRecordedEntry(row)]));
}

type Rejected = Extract<FoundOutcome, { readonly kind: 'rejected' }>;
export type FoundRejected = Omit<Rejected, 'traceId'> & { readonly recordKey: string };

/** What was rejected at places of a lane's log. */
export async function readRejected(
  pool: pg.Pool,
  lane: number,
  sequences: readonly number[],
): Promise<FoundRejected[]> {
  if (sequences.length === 0) return [];
  const { rows } = await pool.query<{
    environment_id: string;
    customer_id: string;
    lane: number;
    sequence: string;
    recorded_at_ms: string;
    record_key: string;
    fingerprint: Buffer;
    amount: string;
    code: string;
  }>(
    `SELECT environment_id, customer_id, lane, sequence, recorded_at_ms, record_key, fingerprint, amount, code
       FROM rejection WHERE lane = $1 AND sequence = ANY($2::int8[]) ORDER BY sequence, ordinal`,
    [lane, plainArray(sequences)],
  );
  return rows.map((row) => ({
    kind: 'rejected',
    environmentId: row.environment_id,
    customerId: row.customer_id,
    lane: row.lane,
    logSequence: Number(row.sequence),
    recordedAtMs: Number(row.recorded_at_ms),
    recordKey: uuidToHex(row.record_key),
    fingerprint: row.fingerprint.toString('hex'),
    amount: amountFromCanonical(row.amount),
    code: row.code,
  }));
}

/** Reports by their ids: kind and answer, as JSON text. Those that are not done are absent. */
export async function readReports(
  pool: pg.Pool,
  reportIds: readonly string[],
): Promise<ReadonlyMap<string, { readonly kind: string; readonly body: string }>> {
  if (reportIds.length === 0) return new Map();
  const { rows } = await pool.query<{ report_id: string; kind: string; body: string }>(
    'SELECT report_id, kind, body FROM compare.report WHERE report_id = ANY($1::text[]) AND body IS NOT NULL',
    [nameArray(reportIds)],
  );
  return new Map(rows.map(({ report_id: id, kind, body }) => [id, { kind, body }]));
}
