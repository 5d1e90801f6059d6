import type { Amount } from '@pacspace/domain';
import type { Breakdown } from './breakdown.js';
import type { Cause } from './causes/cause.js';
import type { Scope } from './causes/find-shifts.js';
import type { FindingClass, FoundRecord } from './records.js';
import type { MatchRules } from './rules.js';
import type { ClassTotal, Total } from './totals.js';

export interface MatchOptions {
  readonly rules: MatchRules;
  /** The names of the values in `SideRecord.dimensions`, in their order. */
  readonly dimensions: readonly string[];
  /** What is compared, ms, the end exclusive; an absent bound: no end. Tells what a shifted clock moves out of it. */
  readonly scope: Scope;
  /**
   * What the caller knows of the sides: here of what is not outside, there of all rows as they stand in the statement,
   * before the sign convention. Held against what was read.
   */
  readonly expected?: { readonly here?: Total; readonly there?: Total };
  /** Records of both sides that may be held at once, some 40 bytes each and 4 for each dimension. */
  readonly mostHeld?: number;
}

export interface MatchReport {
  /** Of all that is not outside; there after the sign convention. */
  readonly here: Total;
  readonly there: Total;
  /** Records that do not belong to the scope: in no total and no class, unless one is the counterpart in "timing". */
  readonly outside: { readonly here: Total; readonly there: Total };
  /** Here less there. */
  readonly discrepancy: Amount;
  readonly classes: Readonly<Record<FindingClass, ClassTotal>>;
  /** The sum of the classes' contributions beside the discrepancy; a report in which they differ is never made. */
  readonly identity: { readonly contributions: Amount; readonly discrepancy: Amount; readonly holds: true };
  /** Those that explain most of the discrepancy first. */
  readonly causes: readonly Cause[];
  /** Findings that are not matched and no cause claims; with what the tolerance let pass, the causes' complement. */
  readonly unexplained: { readonly findings: number; readonly contribution: Amount };
  readonly firstDivergence: {
    /** The first record in log order that has no equal there. */
    readonly here: FoundRecord | undefined;
    /** The first row of the statement that has nothing here. */
    readonly there: FoundRecord | undefined;
  };
  readonly breakdown: Breakdown;
  /** Searches for groups that ended before every choice had been tried: narrower rules may match more. */
  readonly limits: { readonly groupSearchesCutShort: number };
}
