import { findGroups } from './find-groups.js';
import { findShift } from './find-shift.js';
import type { HeldRecords } from './held-records.js';
import { pairUp } from './pair-up.js';
import { pairByFactor } from './pair-by-factor.js';
import { pairNear } from './pair-near.js';
import { pairUnequal } from './pair-unequal.js';
import type { MatchRules } from './rules.js';
import type { HeldFindings } from './held-findings.js';
import { NO_VALUE } from './values.js';

type Condition = (held: HeldRecords, at: number) => boolean;

export interface RuleOutcome {
  /** They are the same record, up to the tolerance. */
  readonly onPair: (here: number, there: number) => void;
  /** They are the same record, and their amounts differ. */
  readonly onUnequal: (here: number, there: number) => void;
  readonly onGroup: (here: readonly number[], there: readonly number[]) => void;
}

/**
 * Matches what found no common reference, the surest first: the same amount, time and reason; then within the time
 * window; then where a side gives no reason or no time; then by a shifted clock; then within the tolerance; then the
 * same time and reason with other amounts; then one for several; and last in the other period.
 *
 * @returns how many group searches were cut short.
 */
export function matchByRules(
  unresolved: HeldFindings,
  rules: MatchRules,
  { onPair, onUnequal, onGroup }: RuleOutcome,
): number {
  const { here, there } = unresolved.held;
  const match = (
    ours: Condition,
    theirs: Condition,
    options: { readonly isByReason: boolean; readonly windowMs: number },
  ): void => {
    const parts = {
      here: { held: here, indexes: here.free((at) => ours(here, at)) },
      there: { held: there, indexes: there.free((at) => theirs(there, at)) },
    };
    pairUp(parts, options, (a, b) => {
      use(a, b);
      onPair(a, b);
    });
  };
  const use = (a: number, b: number): void => {
    here.use(a);
    there.use(b);
  };
  const matchAnyReason = (ours: Condition, theirs: Condition, windowMs: number): void => {
    match(both(ours, hasNoReason), theirs, { isByReason: false, windowMs });
    match(ours, both(theirs, hasNoReason), { isByReason: false, windowMs });
  };
  const windowMs = rules.timeWindowMs;
  const matchTimed = (): void => {
    match(isTimed, isTimed, { isByReason: true, windowMs: 0 });
    if (windowMs > 0) match(isTimed, isTimed, { isByReason: true, windowMs });
    matchAnyReason(isTimed, isTimed, windowMs);
  };

  matchTimed();
  for (const [ours, theirs] of [
    [any, isUntimed],
    [isUntimed, any],
  ] as const) {
    match(ours, theirs, { isByReason: true, windowMs: Infinity });
    matchAnyReason(ours, theirs, Infinity);
  }

  if (there.clockAheadMs === 0) {
    there.clockAheadMs = findShift(
      unresolved.held,
      here.free((at) => isTimed(here, at)),
      there.free((at) => isTimed(there, at)),
    );
    if (there.clockAheadMs !== 0) matchTimed();
  }

  if (rules.tolerance.absolute > 0n || rules.tolerance.percent > 0n) {
    pairNear(unresolved.held, rules, (a, b) => {
      use(a, b);
      onPair(a, b);
    });
  }
  const takeUnequal = (a: number, b: number): void => {
    use(a, b);
    onUnequal(a, b);
  };
  pairUnequal(unresolved.held, takeUnequal);
  pairByFactor(unresolved, windowMs, takeUnequal);
  let cutShort = 0;
  if (rules.groups) {
    cutShort = findGroups(unresolved, rules, (group) => {
      for (const at of group.here) here.use(at);
      for (const at of group.there) there.use(at);
      if (group.from !== undefined) unresolved.remove(group.from);
      onGroup(group.here, group.there);
    });
  }
  if (rules.timingWindowMs > 0) {
    for (const [ours, theirs] of [
      [isInside, isOutside],
      [isOutside, isInside],
    ] as const) {
      match(both(ours, isTimed), both(theirs, isTimed), { isByReason: true, windowMs: rules.timingWindowMs });
      matchAnyReason(both(ours, isTimed), both(theirs, isTimed), rules.timingWindowMs);
    }
  }
  return cutShort;
}

const any: Condition = () => true;
const isTimed: Condition = (held, at) => !Number.isNaN(held.timeMs(at));
const isUntimed: Condition = (held, at) => Number.isNaN(held.timeMs(at));
const isOutside: Condition = (held, at) => held.isOutside(at);
const isInside: Condition = (held, at) => !held.isOutside(at);
const hasNoReason: Condition = (held, at) => held.valueId(at, 0) === NO_VALUE;

function both(one: Condition, other: Condition): Condition {
  return (held, at) => one(held, at) && other(held, at);
}
