import { isAmount } from './amount.js';
import {
  BOOLEAN,
  checkShape,
  COUNT,
  HASH,
  isObject,
  type Member,
  optional,
  type Shape,
  TEXT,
  textLike,
  VERSION_1,
} from './check-shape.js';
import { ProofError } from './errors.js';

// The records that are hashed (docs/spec/proofs.md, "Records"). Times are RFC 3339 in UTC with three decimals, amounts
// canonical decimals, hashes 64 hex digits; members that do not apply are left out.

/** What a delta says; its leaf hash is the fingerprint. */
export interface Content {
  /** Record id of the delta that this one corrects. */
  readonly adjusts?: string;
  readonly amount: string;
  readonly customerId: string;
  readonly metadataHash?: string;
  /** When it happened; left out when that is when it was recorded. */
  readonly occurredAt?: string;
  readonly reason: string;
  readonly recordId: string;
  readonly referenceId?: string;
  readonly v: 1;
}

/** A delta's place in its customer's history. */
export interface Entry {
  /** Sum of all the customer's deltas up to this one, in log order. */
  readonly balance: string;
  readonly fingerprint: string;
  /** Position among the customer's deltas, without gaps, from 0. */
  readonly index: number;
  /** True when the delta happened in an earlier period that was closed by then; else left out. */
  readonly late?: true;
  /** YYYY-MM, UTC: the period that it counts in. */
  readonly period: string;
  readonly recordedAt: string;
  readonly v: 1;
}

/** The statement that a customer's entries of a scope are those under `root`. */
export interface Seal {
  readonly closingBalance: string;
  /** Number of entries in the tree. */
  readonly count: number;
  readonly customerId: string;
  /** True when this seal closes its period: nothing is ever added to it. */
  readonly final: boolean;
  /** Index of the first and the last entry; left out when there is none. */
  readonly firstIndex?: number;
  readonly lastIndex?: number;
  readonly openingBalance: string;
  /** The log that the seal is in. */
  readonly origin: string;
  /** Exactly one of the three scopes is there. */
  readonly period?: string;
  readonly subset?: SealSubset;
  readonly window?: SealWindow;
  readonly root: string;
  readonly sealedAt: string;
  readonly v: 1;
}

/** Entries that happened in [from, to), among the customer's first `asOf`. */
export interface SealWindow {
  readonly asOf: number;
  readonly from: string;
  readonly to: string;
}

/** Entries chosen by fingerprint, among the customer's first `asOf`. */
export interface SealSubset {
  readonly asOf: number;
  /** Root over the chosen fingerprints (`selectionRoot`). */
  readonly fingerprintsRoot: string;
}

const AMOUNT: Member = { is: isAmount, what: 'a canonical decimal' };
const CUSTOMER_ID = textLike(/^[A-Za-z0-9_\-.:]{1,128}$/, 'a customer id');
const ORIGIN = textLike(/^[^\0-\x1f\p{Surrogate}]+$/u, 'an origin of one line');
const PERIOD = textLike(/^(?!0000)\d{4}-(0[1-9]|1[0-2])$/, 'a period YYYY-MM');
const RECORD_ID = textLike(/^rec_[0-9a-f]{32}$/, 'a record id');
const TIME: Member = { is: isTime, what: 'a time in UTC with three decimals' };

const CONTENT: Shape<Content> = {
  adjusts: optional(RECORD_ID),
  amount: AMOUNT,
  customerId: CUSTOMER_ID,
  metadataHash: optional(HASH),
  occurredAt: optional(TIME),
  reason: TEXT,
  recordId: RECORD_ID,
  referenceId: optional(TEXT),
  v: VERSION_1,
};

const ENTRY: Shape<Entry> = {
  balance: AMOUNT,
  fingerprint: HASH,
  index: COUNT,
  late: optional({ is: (value) => value === true, what: 'true' }),
  period: PERIOD,
  recordedAt: TIME,
  v: VERSION_1,
};

const WINDOW: Shape<SealWindow> = { asOf: COUNT, from: TIME, to: TIME };
const SUBSET: Shape<SealSubset> = { asOf: COUNT, fingerprintsRoot: HASH };

const SEAL: Shape<Seal> = {
  closingBalance: AMOUNT,
  count: COUNT,
  customerId: CUSTOMER_ID,
  final: BOOLEAN,
  firstIndex: optional(COUNT),
  lastIndex: optional(COUNT),
  openingBalance: AMOUNT,
  origin: ORIGIN,
  period: optional(PERIOD),
  root: HASH,
  sealedAt: TIME,
  subset: optional({ is: isObject, what: 'a subset' }),
  v: VERSION_1,
  window: optional({ is: isObject, what: 'a window' }),
};

/** @throws ProofError `malformed` */
export function parseContent(value: unknown): Content {
  return checkShape('content', CONTENT, value);
}

/** @throws ProofError `malformed` */
export function parseEntry(value: unknown): Entry {
  return checkShape('entry', ENTRY, value);
}

/** @throws ProofError `malformed`, also for members that contradict each other. */
export function parseSeal(value: unknown): Seal {
  const seal = checkShape('seal', SEAL, value);
  const { count, final, firstIndex, lastIndex, openingBalance, period, subset, window } = seal;
  const holds = (condition: boolean, rule: string): void => {
    if (!condition) throw new ProofError('malformed', `seal: ${rule}`);
  };
  if (window !== undefined) checkShape('seal.window', WINDOW, window);
  if (subset !== undefined) checkShape('seal.subset', SUBSET, subset);

  const scopes = [period, window, subset].filter((scope) => scope !== undefined);
  holds(scopes.length === 1, 'exactly one of period, window and subset');
  holds(!final || period !== undefined, 'only a period can be closed');
  holds(window === undefined || window.from < window.to, 'a window ends after it begins');
  holds(subset === undefined || openingBalance === '0', 'a subset opens at 0');

  holds((firstIndex === undefined) === (count === 0), 'firstIndex is there when there are entries');
  holds((lastIndex === undefined) === (count === 0), 'lastIndex is there when there are entries');
  if (firstIndex !== undefined && lastIndex !== undefined) {
    holds(lastIndex - firstIndex + 1 >= count, 'more entries than indexes');
    const asOf = window?.asOf ?? subset?.asOf ?? Number.MAX_SAFE_INTEGER;
    holds(lastIndex < asOf, 'an entry that was not there yet');
  }
  return seal;
}

/** The period in which a time lies. */
export function periodOf(time: string): string {
  return time.slice(0, 7);
}

/** Only the text that ECMAScript itself writes: other forms of the same instant would hash otherwise. */
function isTime(value: unknown): boolean {
  if (typeof value !== 'string' || !/^(?!0000)\d{4}-/.test(value)) return false;
  const timeMs = Date.parse(value);
  return !Number.isNaN(timeMs) && new Date(timeMs).toISOString() === value;
}
