import type { Side } from '../records.js';
import type { Total } from '../totals.js';
import type { Amount } from '@pacspace/domain';

/** Fewer records than this are not "many at once". */
export const LEAST_RECORDS = 3;

export type CauseKind =
  /** From startMs to endMs (ms, whole UTC days) one side has records and this one has none. */
  | { readonly kind: 'missingDays'; readonly side: Side; readonly startMs: number; readonly endMs: number }
  /** There = here × numerator / denominator, in lowest terms; the denominator is positive. */
  | { readonly kind: 'constantFactor'; readonly numerator: bigint; readonly denominator: bigint }
  | { readonly kind: 'flippedSign' }
  /** Their clock is this far ahead of ours, ms; `pairs`: how many pairs show it, also those that match. */
  | { readonly kind: 'shiftedClock'; readonly shiftMs: number; readonly pairs: number }
  /** This side has the records from one position to another a second time. */
  | {
      readonly kind: 'batchTwice';
      readonly side: Side;
      readonly fromPosition: number;
      readonly toPosition: number;
    }
  | { readonly kind: 'missingReason'; readonly side: Side; readonly reason: string }
  | {
      readonly kind: 'missingDimension';
      readonly side: Side;
      readonly dimension: string;
      readonly value: string;
    };

/** One thing that explains many findings at once, and what it claims of them: each finding is claimed once. */
export type Cause = CauseKind & {
  readonly findings: number;
  /** What the findings that it claims add to the discrepancy. */
  readonly contribution: Amount;
  readonly here: Total;
  readonly there: Total;
  /** The lowest positions among them. */
  readonly firstHere: number | undefined;
  readonly firstThere: number | undefined;
};

/** A cause that might be, with the test that each finding must pass to be claimed by it. */
export interface Candidate {
  readonly kind: CauseKind;
  readonly fits: (at: number) => boolean;
}
