import type { Amount } from '@pacspace/domain';
import type { Side, SideRecord } from './records.js';
import { type MatchRules, isWithinTolerance } from './rules.js';

type Records = readonly SideRecord[];

/** What becomes of the records that share a reference; each is in it once. */
export interface ReferenceOutcome {
  readonly pairs: readonly (readonly [here: SideRecord, there: SideRecord])[];
  /** One record against several that add up to it. */
  readonly group: { readonly here: Records; readonly there: Records } | undefined;
  /** Nothing of the other side is left for them; a copy has the amount of a record that stands before it. */
  readonly rest: readonly { readonly side: Side; readonly record: SideRecord; readonly isCopy: boolean }[];
}

/**
 * Equal amounts first; then one against the sum of several; then what is left, in the order of amounts, so that
 * the differences are small. The order in which the records come does not matter.
 */
export function matchReference(here: Records, there: Records, rules: MatchRules): ReferenceOutcome {
  const { pairs, left } = pairEqualAmounts([...here].sort(byAmount), [...there].sort(byAmount));
  const [hereLeft, thereLeft] = left;
  if (isGroup(hereLeft, thereLeft) && isWithinTolerance(sum(hereLeft), sum(thereLeft), rules))
    return { pairs, group: { here: hereLeft, there: thereLeft }, rest: [] };

  const paired = new Set(pairs.map(([record]) => record.amount));
  const most = Math.min(hereLeft.length, thereLeft.length);
  const [hereKept, hereRest] = takeSurplus(hereLeft, most, paired);
  const [thereKept, thereRest] = takeSurplus(thereLeft, most, paired);
  const others = hereKept.flatMap((record, i) => {
    const other = thereKept[i];
    return other === undefined ? [] : [[record, other] as const];
  });
  return {
    pairs: [...pairs, ...others],
    group: undefined,
    rest: [
      ...markCopies(hereRest, new Set([...paired, ...hereKept.map(({ amount }) => amount)]), 'here'),
      ...markCopies(thereRest, new Set([...paired, ...thereKept.map(({ amount }) => amount)]), 'there'),
    ],
  };
}

function pairEqualAmounts(
  here: Records,
  there: Records,
): {
  readonly pairs: (readonly [SideRecord, SideRecord])[];
  readonly left: readonly [Records, Records];
} {
  const pairs: (readonly [SideRecord, SideRecord])[] = [];
  const left: [SideRecord[], SideRecord[]] = [[], []];
  let [i, j] = [0, 0];
  for (;;) {
    const [a, b] = [here[i], there[j]];
    if (a === undefined && b === undefined) return { pairs, left };
    if (b === undefined || (a !== undefined && a.amount < b.amount)) {
      if (a !== undefined) left[0].push(a);
      i += 1;
    } else if (a === undefined || a.amount > b.amount) {
      left[1].push(b);
      j += 1;
    } else {
      pairs.push([a, b]);
      i += 1;
      j += 1;
    }
  }
}

function isGroup(here: Records, there: Records): boolean {
  const isOneToMany = Math.min(here.length, there.length) === 1 && here.length + there.length > 2;
  return isOneToMany && [...here, ...there].every((record) => !record.isOutside);
}

/** Cuts a side down to `most` records, copies of others first and the later before the earlier. */
function takeSurplus(
  records: Records,
  most: number,
  paired: ReadonlySet<Amount>,
): readonly [Records, Records] {
  if (records.length <= most) return [records, []];
  const seen = new Set(paired);
  const copies: SideRecord[] = [];
  const firsts: SideRecord[] = [];
  for (const record of [...records].sort(byPosition)) {
    (seen.has(record.amount) ? copies : firsts).push(record);
    seen.add(record.amount);
  }
  const order = [...firsts, ...copies];
  return [order.slice(0, most).sort(byAmount), order.slice(most)];
}

function markCopies(rest: Records, seen: Set<Amount>, side: Side): ReferenceOutcome['rest'] {
  return [...rest].sort(byPosition).map((record) => {
    const isCopy = seen.has(record.amount);
    seen.add(record.amount);
    return { side, record, isCopy };
  });
}

function sum(records: Records): Amount {
  return records.reduce((total, { amount }) => total + amount, 0n);
}

function byAmount(a: SideRecord, b: SideRecord): number {
  if (a.amount !== b.amount) return a.amount < b.amount ? -1 : 1;
  // Of the same amount, a record of the compared scope goes before its twin in another period.
  return Number(a.isOutside) - Number(b.isOutside) || (a.timeMs ?? 0) - (b.timeMs ?? 0) || byPosition(a, b);
}

function byPosition(a: SideRecord, b: SideRecord): number {
  return a.position - b.position;
}
