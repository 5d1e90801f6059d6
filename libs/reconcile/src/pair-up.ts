import { KeyOrder, type Part } from './key-order.js';

export interface PairUpOptions {
  /** Whether the two of a pair have the same reason; else reasons do not matter. */
  readonly isByReason: boolean;
  /** How far apart the times of a pair may lie, ms; Infinity: times do not matter. */
  readonly windowMs: number;
}

/**
 * Pairs records of equal amounts (times the factors of the parts), the earlier before the later: both sides in order, walked in step. As many pairs
 * come of it as can, in O(n log n) whatever the data.
 */
export function pairUp(
  { here, there }: { readonly here: Part; readonly there: Part },
  { isByReason, windowMs }: PairUpOptions,
  onPair: (here: number, there: number) => void,
): void {
  if (here.indexes.length === 0 || there.indexes.length === 0) return;
  const [ours, theirs] = [new KeyOrder(here, isByReason), new KeyOrder(there, isByReason)];
  let [i, j] = [0, 0];
  while (i < ours.size && j < theirs.size) {
    const [a, b] = [ours.indexAt(i), theirs.indexAt(j)];
    const order = ours.compareAt(i, theirs, j);
    const isTimed = order === 0 && windowMs !== Infinity;
    const apartMs = isTimed ? here.held.clockMs(a) - there.held.clockMs(b) : 0;
    if (order < 0 || apartMs < -windowMs) {
      i += 1;
    } else if (order > 0 || apartMs > windowMs) {
      j += 1;
    } else {
      onPair(a, b);
      i += 1;
      j += 1;
    }
  }
}
