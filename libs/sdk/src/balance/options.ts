/** Options of the calls. Times are a `Date`, or text after ISO 8601. */

/** A JSON number, or a decimal as text where a number would round: `'0.000000000001'`. */
export type Amount = number | string;

export type Time = Date | string;

export interface CallOptions {
  /** Ends the call and its retries; what it rejects with is the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a delta may say beside customer, amount and reason. */
export interface DeltaDetails {
  /** Your own reference. In a batch it is the key, too, where no `idempotencyKey` is given. */
  readonly referenceId?: string;
  /** JSON, at most 8 KiB. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Repeats with the same key are one delta. */
  readonly idempotencyKey?: string;
  /** The delta of this customer that this one corrects. */
  readonly adjusts?: { readonly recordId: string } | { readonly referenceId: string };
  /** When it happened; else when it is recorded. */
  readonly occurredAt?: Time;
}

export interface Delta extends DeltaDetails {
  readonly customerId: string;
  /** Not zero, within ±1,000,000,000, at most 12 decimals. */
  readonly delta: Amount;
  readonly reason: string;
}

/** `idempotencyKey`: made anew for each call unless given, and kept over its retries. */
export interface EmitOptions extends DeltaDetails, CallOptions {}

export interface WaitOptions extends CallOptions {
  /** How long to wait for VERIFIED; 30,000 unless told. */
  readonly waitMs?: number;
}

export interface BatchOptions extends CallOptions {
  /** For the items that have neither key nor reference, with their place in the batch; made anew unless given. */
  readonly idempotencyKey?: string;
}

export type Consistency = 'strong' | 'eventual';

export interface ReadOptions extends CallOptions {
  /** `strong` unless told: the answer has all that was acknowledged before. */
  readonly consistency?: Consistency;
}

/** The month, or the window, that is sealed. One kind at a time. */
export interface SealScope {
  /** YYYY-MM. */
  readonly period?: string;
  readonly timePreset?: 'current_month' | 'custom';
  readonly startDate?: Time;
  /** The first moment after the window. */
  readonly endDate?: Time;
}

/** What is summed: everything unless told. One kind at a time; `asOf` goes with each. */
export interface Scope extends SealScope {
  /** What came after this record or proof root. */
  readonly startingCheckpoint?: string;
  readonly startingCheckpointType?: 'recordId' | 'proofRoot';
  /** What happened up to then. */
  readonly at?: Time;
  /** Only what was recorded by then. */
  readonly asOf?: Time;
}

export interface DeriveOptions extends Scope, ReadOptions {
  /** Added first. */
  readonly startingBalance?: Amount;
  readonly granularity?: 'day' | 'week' | 'month';
  /** `reason`, or `metadata.NAME`. */
  readonly groupBy?: 'reason' | `metadata.${string}`;
  /** `totals` leaves rows and proof root out, and is answered faster. */
  readonly view?: 'full' | 'totals';
  /** Rows on a page, 1 to 1000. */
  readonly limit?: number;
  readonly offset?: number;
  /** `pagination.nextCursor` of the page before. */
  readonly cursor?: string;
}

/** A balance, as each side has it. */
export interface Views {
  readonly yours: Amount;
  readonly theirs: Amount;
}

export interface CompareOptions extends Scope, CallOptions {
  /** Added to what is recorded; 0 unless told. */
  readonly startingBalance?: Amount;
}

export interface ListComparisonsOptions extends CallOptions {
  readonly customerId?: string;
  readonly kind?: 'balances' | 'statement';
  readonly limit?: number;
  readonly offset?: number;
}

export interface CheckpointOptions extends SealScope, CallOptions {
  /** What `fingerprints` are. */
  readonly mode?: string;
  /** Seals these deltas of the customer instead of a month or a window. */
  readonly fingerprints?: readonly string[];
  /** Made anew for each call unless given, and kept over its retries. */
  readonly idempotencyKey?: string;
}

export interface ListCheckpointsOptions extends SealScope, CallOptions {
  readonly customerId?: string;
  readonly limit?: number;
  readonly offset?: number;
}

export interface ReceiptOptions extends SealScope, CallOptions {}

export interface ListReceiptsOptions extends CallOptions {
  readonly limit?: number;
}

export interface UsageOptions extends ReadOptions {
  readonly period?: string;
}

export interface GapsOptions extends ReadOptions {
  readonly fromSequence?: number;
  readonly toSequence?: number;
  readonly limit?: number;
}

export interface ListCustomersOptions extends ReadOptions {
  /** Part of an id. */
  readonly search?: string;
  readonly limit?: number;
  /** From 1. */
  readonly page?: number;
}

export interface CustomerOptions extends ReadOptions {
  readonly period?: string;
  readonly deltaPage?: number;
  readonly deltaLimit?: number;
}
