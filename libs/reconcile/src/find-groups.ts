import type { Amount } from '@pacspace/domain';
import { type SubsetSearch, findSubset } from './find-subset.js';
import type { HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';
import type { MatchRules } from './rules.js';
import type { HeldFindings } from './held-findings.js';
import { NO_VALUE } from './values.js';

/** Records near in time that are looked at for one sum. */
const MOST_CANDIDATES = 1_000;
const MOST_STEPS = 4_000_000;

export interface Group {
  readonly here: readonly number[];
  readonly there: readonly number[];
  /** The pair of the same reference that the group grew from. */
  readonly from: number | undefined;
}

/**
 * Finds one record that stands for several of the other side: their amounts add up to its own exactly, within the
 * time window and under the same reason. A pair of the same reference whose amounts differ takes the records that
 * make up the difference (merged under the reference of the first). Bounded, and every bound is a constant here or
 * in find-subset; what is not found stays as it was.
 *
 * @returns how many searches were cut short.
 */
export function findGroups(
  unresolved: HeldFindings,
  rules: MatchRules,
  onGroup: (group: Group) => void,
): number {
  const { here, there } = unresolved.held;
  const near = { here: new NearInTime(here, rules), there: new NearInTime(there, rules) };
  if (near.here.size === 0 && near.there.size === 0) return 0;
  const search: SubsetSearch = { stepsLeft: MOST_STEPS, cutShort: 0 };

  for (const at of unresolved.indexes()) {
    const [ours, theirs] = [unresolved.hereOf(at), unresolved.thereOf(at)];
    if (unresolved.classOf(at) !== 'amountDiffers' || ours === undefined || theirs === undefined) continue;
    const target = unresolved.contribution(at);
    const place = { timeMs: here.clockMs(ours), reason: unresolved.valueId(at, 0) };
    const more = near.there.find(place, { target, least: 1 }, search);
    if (more !== undefined) {
      onGroup({ here: [ours], there: [theirs, ...more], from: at });
      continue;
    }
    const less = near.here.find(place, { target: -target, least: 1 }, search);
    if (less !== undefined) onGroup({ here: [ours, ...less], there: [theirs], from: at });
  }
  for (const [one, many, side] of [
    [here, near.there, 'here'],
    [there, near.here, 'there'],
  ] as const) {
    if (many.size < 2) continue;
    for (const at of one.free((i) => isCandidate(one, i))) {
      const place = { timeMs: one.clockMs(at), reason: one.valueId(at, 0) };
      const parts = many.find(place, { target: one.amount(at), least: 2 }, search);
      if (parts === undefined) continue;
      onGroup(
        side === 'here'
          ? { here: [at], there: parts, from: undefined }
          : { here: parts, there: [at], from: undefined },
      );
    }
  }
  return search.cutShort;
}

function isCandidate(held: HeldRecords, at: number): boolean {
  return !held.isOutside(at) && !Number.isNaN(held.clockMs(at));
}

/** The free records of a side by time. */
class NearInTime {
  readonly size: number;
  private readonly order: Indexes;
  private readonly windowMs: number;

  constructor(
    private readonly held: HeldRecords,
    rules: MatchRules,
  ) {
    this.windowMs = rules.timeWindowMs;
    this.order = held
      .free((at) => isCandidate(held, at))
      .sort((a, b) => held.clockMs(a) - held.clockMs(b) || held.position(a) - held.position(b));
    this.size = this.order.length;
  }

  find(
    place: { readonly timeMs: number; readonly reason: number },
    wanted: { readonly target: Amount; readonly least: number },
    search: SubsetSearch,
  ): readonly number[] | undefined {
    if (search.stepsLeft <= 0) {
      search.cutShort += 1;
      return undefined;
    }
    const candidates = this.around(place, search);
    const places = findSubset(
      candidates.map((at) => this.held.amount(at)),
      wanted,
      search,
    );
    return places?.map((i) => candidates[i] ?? 0);
  }

  private around(
    { timeMs, reason }: { readonly timeMs: number; readonly reason: number },
    search: SubsetSearch,
  ): readonly number[] {
    const found: number[] = [];
    for (let i = this.firstFrom(timeMs - this.windowMs); i < this.size; i += 1) {
      const at = this.order[i] ?? 0;
      if (this.held.clockMs(at) > timeMs + this.windowMs || found.length === MOST_CANDIDATES) break;
      search.stepsLeft -= 1;
      if (search.stepsLeft <= 0) break;
      const own = this.held.valueId(at, 0);
      if (this.held.isFree(at) && (own === reason || own === NO_VALUE || reason === NO_VALUE)) found.push(at);
    }
    return found;
  }

  private firstFrom(timeMs: number): number {
    let [low, high] = [0, this.size];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.held.clockMs(this.order[middle] ?? 0) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
