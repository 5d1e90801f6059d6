import { compareReasonAndTime, sortByReasonAndTime } from './by-reason-and-time.js';
import { HAS_REFERENCE, type HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';
import type { Held } from './held-findings.js';

/**
 * Pairs records of the same time and reason whose amounts differ, where each side has exactly one such record left,
 * and at least one of the two has no reference that would tell them apart.
 */
export function pairUnequal({ here, there }: Held, onPair: (here: number, there: number) => void): void {
  const ours = order(here);
  const theirs = order(there);
  let [i, j] = [0, 0];
  while (i < ours.length && j < theirs.length) {
    const [a, b] = [ours[i] ?? 0, theirs[j] ?? 0];
    const compared = compareReasonAndTime(here, a, there, b);
    if (compared < 0) i += 1;
    else if (compared > 0) j += 1;
    else {
      const [afterOurs, afterTheirs] = [runEnd(here, ours, i), runEnd(there, theirs, j)];
      const isAlone = afterOurs === i + 1 && afterTheirs === j + 1;
      const isTold = here.has(a, HAS_REFERENCE) && there.has(b, HAS_REFERENCE);
      if (isAlone && !isTold) onPair(a, b);
      [i, j] = [afterOurs, afterTheirs];
    }
  }
}

function order(held: HeldRecords): Indexes {
  return sortByReasonAndTime(
    held,
    held.free((at) => !held.isOutside(at) && !Number.isNaN(held.clockMs(at))),
  );
}

function runEnd(held: HeldRecords, indexes: Indexes, start: number): number {
  let end = start + 1;
  while (
    end < indexes.length &&
    compareReasonAndTime(held, indexes[start] ?? 0, held, indexes[end] ?? 0) === 0
  )
    end += 1;
  return end;
}
