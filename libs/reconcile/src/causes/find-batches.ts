import type { HeldRecords } from '../held-records.js';
import { KeyOrder } from '../key-order.js';
import type { Side } from '../records.js';
import type { HeldFindings } from '../held-findings.js';
import type { Candidate } from './cause.js';
import type { Contents } from './contents.js';

const MOST_BATCHES = 8;
/** Of single copies, three happen to be neighbours once in some thousand statements. */
const LEAST_RUN = 5;
/** Copies may stand between their originals, when the side is ordered by time. */
const MOST_GAP = 2;

/**
 * Runs of neighbours in the order of a side that it has twice: copies with the same reference, and records of their
 * own reference that say what another record of the side says, to the millisecond.
 */
export function findBatches(
  unresolved: HeldFindings,
  contents: { readonly here: Contents; readonly there: Contents },
): readonly Candidate[] {
  return (['here', 'there'] as const).flatMap((side) => {
    const held = unresolved.held[side];
    const copies = findCopies(unresolved, side, contents[side]);
    const sorted = [...copies.keys()].sort((a, b) => held.position(a) - held.position(b));
    return toRuns(held, sorted)
      .sort((a, b) => b.length - a.length || held.position(a[0] ?? 0) - held.position(b[0] ?? 0))
      .slice(0, MOST_BATCHES)
      .map((run): Candidate => {
        const members = new Set(run.map((at) => copies.get(at)));
        return {
          kind: {
            kind: 'batchTwice',
            side,
            fromPosition: held.position(run[0] ?? 0),
            toPosition: held.position(run.at(-1) ?? 0),
          },
          fits: (at) => members.has(at),
        };
      });
  });
}

/** Index of each copy in the side → its finding. */
function findCopies(unresolved: HeldFindings, side: Side, contents: Contents): ReadonlyMap<number, number> {
  const held = unresolved.held[side];
  const copies = new Map<number, number>();
  const alone = new Map<number, number>();
  for (const at of unresolved.indexes()) {
    const index = side === 'here' ? unresolved.hereOf(at) : unresolved.thereOf(at);
    if (index === undefined) continue;
    const findingClass = unresolved.classOf(at);
    if (findingClass === (side === 'here' ? 'duplicateHere' : 'duplicateThere')) copies.set(index, at);
    if (findingClass !== (side === 'here' ? 'onlyHere' : 'onlyThere')) continue;
    const timeMs = held.timeMs(index);
    if (Number.isNaN(timeMs)) continue;
    if (contents.countOf(held.amount(index), timeMs, held.valueId(index, 0)) > 1) alone.set(index, at);
  }
  for (const index of withoutOriginals(held, alone, contents)) copies.set(index, alone.get(index) ?? 0);
  return copies;
}

/** Of records that say the same and all stand alone, the first is the original. */
function withoutOriginals(
  held: HeldRecords,
  alone: ReadonlyMap<number, number>,
  contents: Contents,
): readonly number[] {
  const order = new KeyOrder({ held, indexes: Uint32Array.from(alone.keys()) }, true);
  const found: number[] = [];
  for (let start = 0, end = 0; start < order.size; start = end) {
    const first = order.indexAt(start);
    end = start + 1;
    while (
      end < order.size &&
      order.compareAt(start, order, end) === 0 &&
      held.timeMs(order.indexAt(end)) === held.timeMs(first)
    )
      end += 1;
    const all = contents.countOf(held.amount(first), held.timeMs(first), held.valueId(first, 0));
    for (let i = all > end - start ? start : start + 1; i < end; i += 1) found.push(order.indexAt(i));
  }
  return found;
}

function toRuns(held: HeldRecords, sorted: readonly number[]): number[][] {
  const runs: number[][] = [];
  let run: number[] = [];
  for (const at of sorted) {
    const last = run.at(-1);
    if (last === undefined || held.position(at) - held.position(last) > MOST_GAP) {
      run = [];
      runs.push(run);
    }
    run.push(at);
  }
  return runs.filter(({ length }) => length >= LEAST_RUN);
}
