import { HAS_REFERENCE, type HeldRecords } from './held-records.js';
import { KeyOrder } from './key-order.js';

/**
 * Free records without a reference that are the same, in amount, time and reason, as one of their side that has its
 * counterpart: the side counts it twice.
 */
export function findTwins(held: HeldRecords): ReadonlySet<number> {
  const twins = new Set<number>();
  const indexes = new Uint32Array(held.count);
  let size = 0;
  for (let at = 0; at < held.count; at += 1) {
    if (held.has(at, HAS_REFERENCE) || held.isOutside(at) || Number.isNaN(held.clockMs(at))) continue;
    indexes[size] = at;
    size += 1;
  }
  const order = new KeyOrder({ held, indexes: indexes.slice(0, size) }, true);
  const isSame = (i: number, j: number): boolean =>
    order.compareAt(i, order, j) === 0 && held.clockMs(order.indexAt(i)) === held.clockMs(order.indexAt(j));
  for (let start = 0, end = 0; start < order.size; start = end) {
    end = start + 1;
    while (end < order.size && isSame(start, end)) end += 1;
    if (end === start + 1) continue;
    const run = Array.from({ length: end - start }, (_, i) => order.indexAt(start + i));
    if (run.every((at) => held.isFree(at))) continue;
    for (const at of run) if (held.isFree(at)) twins.add(at);
  }
  return twins;
}
