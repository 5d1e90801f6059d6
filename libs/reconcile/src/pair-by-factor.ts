import { findFactors } from './causes/find-factors.js';
import type { HeldFindings } from './held-findings.js';
import { HAS_REFERENCE, type HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';
import { MomentOrder } from './moment-order.js';
import { pairUp } from './pair-up.js';

/**
 * Pairs what is left by a factor that many pairs already show: under a factor, records of the same moment are told
 * apart again by their amounts. At least one side of a pair has no reference.
 */
export function pairByFactor(
  unresolved: HeldFindings,
  windowMs: number,
  onPair: (here: number, there: number) => void,
): void {
  const { here, there } = unresolved.held;
  const { isByReason } = new MomentOrder(unresolved.held);
  for (const { kind } of findFactors(unresolved)) {
    if (kind.kind !== 'constantFactor' && kind.kind !== 'flippedSign') continue;
    const { numerator, denominator } =
      kind.kind === 'flippedSign' ? { numerator: -1n, denominator: 1n } : kind;
    const pair = (ours: boolean, theirs: boolean): void => {
      const parts = {
        here: { held: here, indexes: timed(here, ours), factor: numerator },
        there: { held: there, indexes: timed(there, theirs), factor: denominator },
      };
      pairUp(parts, { isByReason, windowMs }, onPair);
    };
    pair(false, false);
    pair(true, false);
    pair(false, true);
  }
}

/** Free records of the scope with a time, and with or without a reference. */
function timed(held: HeldRecords, hasReference: boolean): Indexes {
  return held.free(
    (at) =>
      !held.isOutside(at) && !Number.isNaN(held.timeMs(at)) && held.has(at, HAS_REFERENCE) === hasReference,
  );
}
