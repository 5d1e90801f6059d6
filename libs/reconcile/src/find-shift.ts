import type { Indexes } from './key-order.js';
import { pairUp } from './pair-up.js';
import type { Held } from './held-findings.js';

/** Zones differ by quarter hours, and by 26 hours at most (UTC−12 to UTC+14). */
const QUARTER_MS = 900_000;
const MOST_SHIFT_MS = 26 * 3_600_000;
const LEAST_PAIRS = 3;

/** True for a difference between two clocks that show different zones. */
export function isZoneShift(differenceMs: number): boolean {
  return differenceMs !== 0 && differenceMs % QUARTER_MS === 0 && Math.abs(differenceMs) <= MOST_SHIFT_MS;
}

/**
 * How far their clock is ahead of ours, told from records without a common reference: paired by amount and reason
 * alone, most of them lie the same zone shift apart. 0: they do not.
 */
export function findShift(held: Held, here: Indexes, there: Indexes): number {
  const shifts = new Map<number, number>();
  let pairs = 0;
  const parts = { here: { held: held.here, indexes: here }, there: { held: held.there, indexes: there } };
  pairUp(parts, { isByReason: true, windowMs: Infinity }, (a, b) => {
    pairs += 1;
    const shiftMs = held.there.timeMs(b) - held.here.timeMs(a);
    if (isZoneShift(shiftMs)) shifts.set(shiftMs, (shifts.get(shiftMs) ?? 0) + 1);
  });
  let best: { shiftMs: number; count: number } | undefined;
  for (const [shiftMs, count] of shifts)
    if (best === undefined || count > best.count || (count === best.count && shiftMs < best.shiftMs))
      best = { shiftMs, count };
  return best !== undefined && best.count >= LEAST_PAIRS && best.count * 2 > pairs ? best.shiftMs : 0;
}
