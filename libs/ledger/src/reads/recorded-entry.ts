import { type Amount, amountFromCanonical, type Period } from '@pacspace/domain';
import { uuidToHex } from '../load-states.js';
import { toOptionalNumber } from './nullable.js';

/** A delta as it stands in the ledger. Keys are 32 hex digits, without prefix. */
export interface RecordedEntry {
  readonly index: number;
  readonly period: Period;
  readonly late: boolean;
  /** Leaf number in the period's tree. */
  readonly leaf: number;
  readonly logSequence: number;
  readonly recordedAtMs: number;
  readonly occurredAtMs: number | undefined;
  readonly recordKey: string;
  readonly adjustsKey: string | undefined;
  readonly amount: Amount;
  /** After it. */
  readonly balance: Amount;
  readonly reason: string;
  readonly referenceId: string | undefined;
  /** RFC 8785 text. */
  readonly metadata: string | undefined;
  readonly salt: string | undefined;
}

/** Columns of `entry`, to be selected `FROM entry e`. */
export const ENTRY_COLUMNS = `e.idx, e.period, e.late, e.leaf, e.log_sequence, e.recorded_at_ms, e.occurred_at_ms,
  e.record_key, e.adjusts_key, e.amount, e.balance, e.reason, e.reference_id, e.metadata, e.salt`;

export interface EntryRecord {
  idx: string;
  period: number;
  late: boolean;
  leaf: string;
  log_sequence: string;
  recorded_at_ms: string;
  occurred_at_ms: string | null;
  record_key: string;
  adjusts_key: string | null;
  amount: string;
  balance: string;
  reason: string;
  reference_id: string | null;
  metadata: string | null;
  salt: string | null;
}

export function toRecordedEntry(row: EntryRecord): RecordedEntry {
  return {
    index: Number(row.idx),
    period: row.period,
    late: row.late,
    leaf: Number(row.leaf),
    logSequence: Number(row.log_sequence),
    recordedAtMs: Number(row.recorded_at_ms),
    occurredAtMs: toOptionalNumber(row.occurred_at_ms),
    recordKey: uuidToHex(row.record_key),
    adjustsKey: row.adjusts_key === null ? undefined : uuidToHex(row.adjusts_key),
    amount: amountFromCanonical(row.amount),
    balance: amountFromCanonical(row.balance),
    reason: row.reason,
    referenceId: row.reference_id ?? undefined,
    metadata: row.metadata ?? undefined,
    salt: row.salt === null ? undefined : uuidToHex(row.salt),
  };
}
