import type { Held } from './held-findings.js';
import { HAS_REFERENCE, type HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';
import { MomentOrder } from './moment-order.js';

/**
 * Pairs records of the same time and reason whose amounts differ, where each side has exactly one such record left,
 * and at least one of the two has no reference that would tell them apart.
 */
export function pairUnequal(sides: Held, onPair: (here: number, there: number) => void): void {
  const { here, there } = sides;
  const moments = new MomentOrder(sides);
  const ours = moments.sort(here, candidates(here));
  const theirs = moments.sort(there, candidates(there));
  const endOfRun = (held: HeldRecords, indexes: Indexes, start: number): number => {
    let end = start + 1;
    while (end < indexes.length && moments.compare(held, indexes[start] ?? 0, held, indexes[end] ?? 0) === 0)
      end += 1;
    return end;
  };
  let [i, j] = [0, 0];
  while (i < ours.length && j < theirs.length) {
    const [a, b] = [ours[i] ?? 0, theirs[j] ?? 0];
    const order = moments.compare(here, a, there, b);
    if (order < 0) i += 1;
    else if (order > 0) j += 1;
    else {
      const [oursEnd, theirsEnd] = [endOfRun(here, ours, i), endOfRun(there, theirs, j)];
      const isAlone = oursEnd === i + 1 && theirsEnd === j + 1;
      const isTold = here.has(a, HAS_REFERENCE) && there.has(b, HAS_REFERENCE);
      if (isAlone && !isTold) onPair(a, b);
      [i, j] = [oursEnd, theirsEnd];
    }
  }
}

function candidates(held: HeldRecords): Indexes {
  return held.free((at) => !held.isOutside(at) && !Number.isNaN(held.timeMs(at)));
}
