import { isZoneShift } from '../find-shift.js';
import type { HeldFindings } from '../held-findings.js';
import { type Candidate, LEAST_RECORDS } from './cause.js';

const MOST_SHIFTS = 3;

export interface Scope {
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

/** Counts by how much the times of a pair differ, as far as a zone can make them differ. */
export class ShiftTally {
  /** Pairs of which both times are known. */
  pairs = 0;
  private readonly counts = new Map<number, number>();

  see(hereMs: number | undefined, thereMs: number | undefined): void {
    if (hereMs === undefined || thereMs === undefined) return;
    this.pairs += 1;
    const shiftMs = thereMs - hereMs;
    if (isZoneShift(shiftMs)) this.counts.set(shiftMs, (this.counts.get(shiftMs) ?? 0) + 1);
  }

  /** The shift that more than half of the pairs show. */
  ofMost(): number | undefined {
    const [largest] = this.largest();
    return largest !== undefined && largest[1] * 2 > this.pairs ? largest[0] : undefined;
  }

  largest(): readonly (readonly [shiftMs: number, pairs: number])[] {
    return [...this.counts]
      .filter(([, pairs]) => pairs >= LEAST_RECORDS)
      .sort(([a, pairsA], [b, pairsB]) => pairsB - pairsA || a - b)
      .slice(0, MOST_SHIFTS);
  }
}

/**
 * Their clock shows another zone. Claims what fell into the other period by exactly this shift; and where most pairs
 * show it, also what stands alone because the shift puts its counterpart outside the scope.
 */
export function findShifts(tally: ShiftTally, unresolved: HeldFindings, scope: Scope): readonly Candidate[] {
  const { here, there } = unresolved.held;
  const isInScope = (timeMs: number): boolean =>
    timeMs >= (scope.startMs ?? -Infinity) && timeMs < (scope.endMs ?? Infinity);
  return tally.largest().map(([shiftMs, pairs]) => ({
    kind: { kind: 'shiftedClock', shiftMs, pairs },
    fits: (at) => {
      const [a, b] = [unresolved.hereOf(at), unresolved.thereOf(at)];
      const isMost = pairs * 2 > tally.pairs;
      switch (unresolved.classOf(at)) {
        case 'timing':
          return a !== undefined && b !== undefined && there.timeMs(b) - here.timeMs(a) === shiftMs;
        case 'onlyHere':
          return isMost && a !== undefined && isKnown(here.timeMs(a)) && !isInScope(here.timeMs(a) + shiftMs);
        case 'onlyThere':
          return (
            isMost && b !== undefined && isKnown(there.timeMs(b)) && !isInScope(there.timeMs(b) - shiftMs)
          );
        default:
          return false;
      }
    },
  }));
}

function isKnown(timeMs: number): boolean {
  return !Number.isNaN(timeMs);
}
