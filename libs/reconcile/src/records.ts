import type { Amount } from '@pacspace/domain';

/** "Here" is the ledger, "there" is the statement. */
export type Side = 'here' | 'there';

/** One record of a side, as it is fed to the matching. */
export interface SideRecord {
  /**
   * Here: the index of the customer's entry; there: the number of the statement's row. Once on each side, and below
   * 2^53. "Log order" is ascending position.
   */
  readonly position: number;
  readonly reference: string | undefined;
  readonly amount: Amount;
  /** When it happened, ms; undefined: the statement does not say. */
  readonly timeMs: number | undefined;
  readonly reason: string | undefined;
  /** A value for each of the dimensions that the options name, in their order; undefined: the record has none. */
  readonly dimensions: readonly (string | undefined)[];
  /**
   * True: it does not belong to the scope that is compared, and is fed so that a record which fell into the other
   * period is found. It counts in no total.
   */
  readonly isOutside: boolean;
}

/**
 * Batches in the order of `compareReferences`; records without a reference may stand anywhere. Equal references may
 * come in any order: nothing depends on it.
 */
export type RecordStream = AsyncIterable<readonly SideRecord[]>;

/** Every record ends in exactly one of these; their contributions add up to the discrepancy. */
export const FINDING_CLASSES = [
  'matched',
  'amountDiffers',
  'onlyHere',
  'onlyThere',
  'duplicateHere',
  'duplicateThere',
  'timing',
] as const;
export type FindingClass = (typeof FINDING_CLASSES)[number];

export interface FoundRecord {
  readonly position: number;
  /** After the sign convention. */
  readonly amount: Amount;
  readonly timeMs: number | undefined;
  readonly isOutside: boolean;
}

/** Records that belong together, or one that stands alone. */
export interface Finding {
  readonly class: FindingClass;
  /** "reference": they have the same; "rule": amount, time and reason go together; "none": alone. */
  readonly by: 'reference' | 'rule' | 'none';
  readonly here: readonly FoundRecord[];
  readonly there: readonly FoundRecord[];
  /** What it adds to the discrepancy: the sum here less the sum there, of what is not outside. */
  readonly contribution: Amount;
  /** Where it stands in the drill-down: of the first record here, or else there. */
  readonly timeMs: number | undefined;
  readonly reason: string | undefined;
  readonly dimensions: readonly (string | undefined)[];
  /** Its number in the report's causes; undefined: none explains it. Matched records need no cause. */
  readonly cause: number | undefined;
}

/**
 * By code point, as Postgres orders text under COLLATE "C" in a UTF-8 data base. UTF-16, which `<` compares, has the
 * characters past U+FFFF before those from U+E000 on.
 */
export function compareReferences(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    return x >= 0xd800 && y >= 0xd800 ? rank(x) - rank(y) : x - y;
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
