import type { Amount } from './decimal.js';
import { type Period, periodOf } from './period.js';

/** A delta as it stands in the log, its fingerprint recomputed and found right or wrong. */
export interface LoggedDelta {
  readonly environmentId: string;
  readonly customerId: string;
  /** 32 hex digits, without prefix. */
  readonly recordKey: string;
  readonly amount: Amount;
  readonly occurredAtMs: number | undefined;
  readonly adjustsKey: string | undefined;
  readonly fingerprint: string;
  /** False when the fingerprint in the log is not that of the content beside it. */
  readonly fingerprintHolds: boolean;
}

/** A customer's running state; the fold changes it in place, once per delta. */
export interface CustomerState {
  /** Ledger number: assigned in log order within the lane, so a re-fold assigns the same. */
  readonly number: number;
  count: number;
  balance: Amount;
}

/** What the fold must know of the ledger beyond the states it is handed. All answers are as of before this turn. */
export interface FoldContext<C extends CustomerState> {
  /** The customer's state, made new (count 0, balance 0, next number) when it has none. */
  readonly customer: (environmentId: string, customerId: string) => C;
  /** Fingerprint of the delta already recorded under this key, in the ledger or earlier in this turn. */
  readonly recordedFingerprint: (recordKey: string) => string | undefined;
  /** True when a delta of this very customer is recorded under the key. */
  readonly isRecordedFor: (recordKey: string, environmentId: string, customerId: string) => boolean;
  /** True when the customer's period was closed at or before this point of the log. */
  readonly isClosed: (customer: C, period: Period) => boolean;
}

export type RejectionCode = 'FINGERPRINT_MISMATCH' | 'IDEMPOTENCY_CONFLICT' | 'ADJUSTS_UNKNOWN';

/** What became of one delta. */
export type FoldOutcome<C extends CustomerState> =
  | {
      readonly kind: 'recorded';
      readonly customer: C;
      readonly index: number;
      readonly balance: Amount;
      /** The period it counts in. */
      readonly period: Period;
      /** True when it happened in an earlier period, closed by then. */
      readonly late: boolean;
    }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'rejected'; readonly code: RejectionCode };

/**
 * The deterministic fold: the same log gives the same ledger, bit for bit. No clock, no randomness, no iteration
 * order has a part in it; `recordedAtMs` is the log's own time stamp of the envelope.
 *
 * A key that is already recorded adds nothing: with the same fingerprint it is a retry, with another it is a
 * conflict, and the later one loses. There is no window: a key counts for ever.
 */
export function foldDelta<C extends CustomerState>(
  delta: LoggedDelta,
  recordedAtMs: number,
  context: FoldContext<C>,
): FoldOutcome<C> {
  if (!delta.fingerprintHolds) return { kind: 'rejected', code: 'FINGERPRINT_MISMATCH' };
  const recorded = context.recordedFingerprint(delta.recordKey);
  if (recorded !== undefined) {
    return recorded === delta.fingerprint
      ? { kind: 'duplicate' }
      : { kind: 'rejected', code: 'IDEMPOTENCY_CONFLICT' };
  }
  const { adjustsKey, environmentId, customerId } = delta;
  if (adjustsKey !== undefined && !context.isRecordedFor(adjustsKey, environmentId, customerId)) {
    return { kind: 'rejected', code: 'ADJUSTS_UNKNOWN' };
  }
  const customer = context.customer(environmentId, customerId);
  const happened = periodOf(delta.occurredAtMs ?? recordedAtMs);
  const period = firstOpenPeriod(customer, happened, context);
  const index = customer.count;
  customer.count += 1;
  customer.balance += delta.amount;
  return { kind: 'recorded', customer, index, balance: customer.balance, period, late: period !== happened };
}

/** A closed period takes nothing more; what arrives for it counts in the first later one that is open. */
function firstOpenPeriod<C extends CustomerState>(
  customer: C,
  happened: Period,
  context: FoldContext<C>,
): Period {
  let period = happened;
  while (context.isClosed(customer, period)) period += 1;
  return period;
}
