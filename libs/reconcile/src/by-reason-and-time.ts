import type { HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';

/** In the order of (reason, time, position). */
export function sortByReasonAndTime(held: HeldRecords, indexes: Indexes): Indexes {
  return indexes.sort(
    (a, b) => compareReasonAndTime(held, a, held, b) || held.position(a) - held.position(b),
  );
}

export function compareReasonAndTime(held: HeldRecords, a: number, other: HeldRecords, b: number): number {
  return held.valueId(a, 0) - other.valueId(b, 0) || held.clockMs(a) - other.clockMs(b);
}
