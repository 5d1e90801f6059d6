import { MomentOrder } from './moment-order.js';
import { type MatchRules, isWithinTolerance, magnitude } from './rules.js';
import type { Held } from './held-findings.js';

/** Records of the other side, under the same reason and within the time window, that are looked at for one. */
const MOST_LOOKED_AT = 64;

/**
 * Pairs records whose amounts differ within the tolerance: each of ours, in the order of reason and time, with the
 * nearest amount among the first that lie within its time window.
 */
export function pairNear(
  sides: Held,
  rules: MatchRules,
  onPair: (here: number, there: number) => void,
): void {
  const { here, there } = sides;
  const moments = new MomentOrder(sides);
  const ours = moments.sort(
    here,
    here.free((at) => !Number.isNaN(here.timeMs(at))),
  );
  const theirs = moments.sort(
    there,
    there.free((at) => !Number.isNaN(there.timeMs(at))),
  );
  let from = 0;
  for (const a of ours) {
    const [reason, timeMs] = [moments.reasonOf(here, a), here.clockMs(a)];
    const isBefore = (b: number): boolean =>
      moments.reasonOf(there, b) - reason < 0 ||
      (moments.reasonOf(there, b) === reason && there.clockMs(b) < timeMs - rules.timeWindowMs);
    while (from < theirs.length && isBefore(theirs[from] ?? 0)) from += 1;
    let best: { at: number; apart: bigint } | undefined;
    let looked = 0;
    for (let i = from; i < theirs.length && looked < MOST_LOOKED_AT; i += 1) {
      const b = theirs[i] ?? 0;
      if (moments.reasonOf(there, b) !== reason || there.clockMs(b) > timeMs + rules.timeWindowMs) break;
      looked += 1;
      if (!there.isFree(b) || !isWithinTolerance(here.amount(a), there.amount(b), rules)) continue;
      const apart = magnitude(here.amount(a) - there.amount(b));
      if (best === undefined || apart < best.apart) best = { at: b, apart };
    }
    if (best !== undefined) onPair(a, best.at);
  }
}
