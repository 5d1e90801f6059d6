import type { CauseKind, FindingClass, SideRecord } from '@pacspace/reconcile';

/** What was done to a statement. */
export const FAULTS = [
  /** Single rows left out. */
  'drop',
  /** A whole day (UTC) left out. */
  'dropDay',
  /** All of one reason left out. */
  'dropReason',
  /** All of one region left out. */
  'dropRegion',
  /** Rows that the ledger does not have. */
  'invent',
  /** Single rows twice. */
  'duplicate',
  /** Single records of the ledger twice. */
  'duplicateHere',
  /** A run of rows once more, at the end. */
  'batchTwice',
  /** Likewise, under references of their own. */
  'resend',
  /** Every time two hours ahead. */
  'shift',
  /** A run of amounts in another unit, a thousandth. */
  'scale',
  /** A run of amounts with the other sign. */
  'flip',
  /** Amounts that someone mistyped. */
  'mistype',
  /** References that someone mistyped. */
  'mistypeReference',
  /** Several records in one row, under the reference of the first or of its own. */
  'merge',
  /** One record in several rows, under its reference or references of their own. */
  'split',
  /** Rows with a time in the next month. */
  'late',
] as const;
export type Fault = (typeof FAULTS)[number];

export interface DisputeOptions {
  readonly seed: number;
  /** About how many records the ledger has. */
  readonly records: number;
  readonly faults: readonly Fault[];
  /** How many records each fault that does not say otherwise touches; default 5. */
  readonly each?: number;
  /** False: no side has references. Default true. */
  readonly hasReferences?: boolean;
}

/** Records that belong together, by position on each side, and the class that they must be found in. */
export interface TrueFinding {
  readonly class: FindingClass;
  readonly here: readonly number[];
  readonly there: readonly number[];
}

export interface Dispute {
  /** In log order: position = index. */
  readonly here: readonly SideRecord[];
  /** In the order of the statement: position = row. */
  readonly there: readonly SideRecord[];
  readonly dimensions: readonly string[];
  /** The month that both sides are about, ms. */
  readonly scope: { readonly startMs: number; readonly endMs: number };
  readonly truth: {
    /** Each record of the scope is in exactly one. */
    readonly findings: readonly TrueFinding[];
    /** The kinds of causes that must be found, and no others. */
    readonly causes: readonly CauseKind['kind'][];
  };
}
