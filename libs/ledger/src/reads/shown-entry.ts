import { canonicalAmount } from '@pacspace/domain';
import { uuidToHex } from '../load-states.js';
import { toOptionalNumber } from './nullable.js';
import type { RecordedEntry } from './recorded-entry.js';

/** A recorded delta for those who show it or hash its content, and do not reckon with it: amounts as canonical text. */
export interface ShownEntry extends Omit<RecordedEntry, 'amount' | 'balance' | 'leaf' | 'logSequence'> {
  readonly amount: string;
  /** After it. */
  readonly balance: string;
}

/** Columns of `entry`, to be selected `FROM entry e`. */
export const SHOWN_COLUMNS = `e.idx, e.period, e.late, e.recorded_at_ms, e.occurred_at_ms, e.record_key, e.adjusts_key,
  e.amount, e.balance, e.reason, e.reference_id, e.metadata, e.salt`;

/** How the driver is to hand a row over: an array of texts as they came, which spares it two thirds of its work. */
export const AS_TEXTS = {
  rowMode: 'array',
  types: { getTypeParser: () => (text: string | Buffer) => text },
} as const;

/** The columns above, in their order. */
export type ShownTexts = [
  idx: string,
  period: string,
  late: string,
  recordedAtMs: string,
  occurredAtMs: string | null,
  recordKey: string,
  adjustsKey: string | null,
  amount: string,
  balance: string,
  reason: string,
  referenceId: string | null,
  metadata: string | null,
  salt: string | null,
];

export function toShownEntry(row: ShownTexts): ShownEntry {
  const [idx, period, late, recordedAtMs, occurredAtMs, recordKey, adjustsKey, amount, balance, ...rest] =
    row;
  const [reason, referenceId, metadata, salt] = rest;
  return {
    index: Number(idx),
    period: Number(period),
    late: late === 't',
    recordedAtMs: Number(recordedAtMs),
    occurredAtMs: toOptionalNumber(occurredAtMs),
    recordKey: uuidToHex(recordKey),
    adjustsKey: adjustsKey === null ? undefined : uuidToHex(adjustsKey),
    amount: canonicalAmount(amount),
    balance: canonicalAmount(balance),
    reason,
    referenceId: referenceId ?? undefined,
    metadata: metadata ?? undefined,
    salt: salt === null ? undefined : uuidToHex(salt),
  };
}
