import type { Amount } from '@pacspace/domain';

/** Records that a sum is sought among in any choice; more are only sought as runs of neighbours in time. */
const MOST_CHOSEN_FROM = 24;
const MOST_CHOSEN = 6;
const MOST_STEPS = 20_000;

export interface SubsetSearch {
  /** Steps that all searches together may still take. */
  stepsLeft: number;
  /** Searches that ended before every choice had been tried. */
  cutShort: number;
}

/**
 * Finds amounts that add up to the target: the shortest run of neighbours, or else the smallest choice of at most
 * six, the earlier before the later.
 *
 * @param amounts in the order of time.
 * @returns their places, ascending; undefined: none found.
 */
export function findSubset(
  amounts: readonly Amount[],
  { target, least }: { readonly target: Amount; readonly least: number },
  search: SubsetSearch,
): readonly number[] | undefined {
  if (amounts.length < least) return undefined;
  const run = findRun(amounts, target, least);
  if (run !== undefined) return run;
  if (amounts.length <= least) return undefined;
  const some = amounts.slice(0, MOST_CHOSEN_FROM);
  const budget = { steps: Math.min(MOST_STEPS, search.stepsLeft) };
  const granted = budget.steps;
  let found: readonly number[] | undefined;
  for (let size = least; found === undefined && size <= Math.min(MOST_CHOSEN, some.length); size += 1) {
    found = choose(some, { target, size }, budget);
    if (budget.steps <= 0) break;
  }
  search.stepsLeft -= granted - budget.steps;
  const isCut = budget.steps <= 0 || amounts.length > MOST_CHOSEN_FROM || some.length > MOST_CHOSEN;
  if (found === undefined && isCut) search.cutShort += 1;
  return found;
}

/** By sums from the start: a run adds up to the target where two of them differ by it. */
function findRun(amounts: readonly Amount[], target: Amount, least: number): readonly number[] | undefined {
  const lastAt = new Map<Amount, number>();
  const starts: Amount[] = [0n];
  let sum = 0n;
  let best: { start: number; size: number } | undefined;
  for (const [i, amount] of amounts.entries()) {
    sum += amount;
    starts.push(sum);
    // Only starts that leave the run its least length can be looked up.
    const newest = i + 1 - least;
    const start = starts[newest];
    if (start !== undefined) lastAt.set(start, newest);
    const at = lastAt.get(sum - target);
    if (at !== undefined && (best === undefined || i + 1 - at < best.size))
      best = { start: at, size: i + 1 - at };
  }
  if (best === undefined) return undefined;
  const { start, size } = best;
  return Array.from({ length: size }, (_, i) => start + i);
}

function choose(
  amounts: readonly Amount[],
  { target, size }: { readonly target: Amount; readonly size: number },
  budget: { steps: number },
): readonly number[] | undefined {
  const chosen: number[] = [];
  const extend = (from: number, rest: Amount): boolean => {
    const missing = size - chosen.length;
    for (let i = from; i <= amounts.length - missing; i += 1) {
      budget.steps -= 1;
      if (budget.steps <= 0) return false;
      const left = rest - (amounts[i] ?? 0n);
      chosen.push(i);
      if (missing === 1 ? left === 0n : extend(i + 1, left)) return true;
      chosen.pop();
    }
    return false;
  };
  return extend(0, target) ? chosen : undefined;
}
