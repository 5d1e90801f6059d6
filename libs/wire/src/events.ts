/**
 * One message a projector turn on `events.<lane>`: what became of every delta in the log range. It names records
 * and carries what proves their place; amounts and texts stay in the ledger, read by whoever needs them.
 */
export interface DeltaEvents {
  readonly v: 1;
  readonly lane: number;
  /** Log sequences covered: after `afterSequence`, up to and including `throughSequence`. */
  readonly afterSequence: number;
  readonly throughSequence: number;
  readonly verified: readonly VerifiedRun[];
  readonly failed: readonly FailedDelta[];
}

/** A customer's deltas of one turn: record keys in index order, the first of them at `firstIndex`. */
export interface VerifiedRun {
  readonly environmentId: string;
  readonly customerId: string;
  readonly firstIndex: number;
  readonly recordKeys: readonly string[];
  /** True when this run holds the customer's first delta ever. */
  readonly created: boolean;
}

export interface FailedDelta {
  readonly environmentId: string;
  readonly customerId: string;
  readonly recordKey: string;
  readonly sequence: number;
  readonly code: string;
}

/** Said on core NATS after each turn: the lane is in the ledger up to here (and in Redis when `cached`). */
export interface LaneProjected {
  readonly lane: number;
  readonly sequence: number;
  /** Envelopes of this lane folded since the log began: comparable with the stream's own count. */
  readonly envelopes: number;
}
