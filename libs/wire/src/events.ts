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

/**
 * What else became true of customers, one message a fact on `events.facts-<lane>`. The lane is the customer's, so that
 * whoever reads it hears all of a customer in one place; what concerns no customer goes where the empty id would.
 */
export type CustomerFact = SealsPublished | ReportMade;

/** Seals of one log and one lane that are under a signed head now: what they say is in the log, by these indexes. */
export interface SealsPublished {
  readonly v: 1;
  readonly kind: 'sealed';
  readonly environmentId: string;
  readonly logNo: number;
  readonly logIndexes: readonly number[];
}

/** A comparison's report is kept: what it says is read by its id. */
export interface ReportMade {
  readonly v: 1;
  readonly kind: 'compared';
  readonly environmentId: string;
  /** Undefined: of all that the environment has. */
  readonly customerId?: string | undefined;
  readonly reportId: string;
  readonly madeAtMs: number;
}

/** Said on core NATS after each turn: the lane is in the ledger up to here (and in Redis when `cached`). */
export interface LaneProjected {
  readonly lane: number;
  readonly sequence: number;
  /** Envelopes of this lane folded since the log began: comparable with the stream's own count. */
  readonly envelopes: number;
}

/** Said on core NATS by a gateway that has no units of an environment's plan left. */
export interface UnitsWantedMessage {
  readonly environmentId: string;
  /** Who asks. */
  readonly gatewayId: string;
}

/** Said on core NATS after keys, their environment or their tenant were changed. */
export interface KeysChangedMessage {
  /** The public ids of the keys; absent: any key may have changed. */
  readonly publicIds?: readonly string[];
}
