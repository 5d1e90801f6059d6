import { matchReference } from './match-reference.js';
import { RunReader } from './read-runs.js';
import { type RecordStream, type Side, type SideRecord, compareReferences } from './records.js';
import type { MatchRules } from './rules.js';

/** What the merge finds, as it goes; every record that was read is in exactly one call. */
export interface MergeOutcome {
  readonly onPair: (here: SideRecord, there: SideRecord) => void;
  readonly onGroup: (here: readonly SideRecord[], there: readonly SideRecord[]) => void;
  /** No record of its reference is left for it on the other side. */
  readonly onAlone: (side: Side, record: SideRecord, isCopy: boolean) => void;
  /** Waits for what was found to be taken, when much of it is waiting. */
  readonly onPause: () => Promise<void> | undefined;
}

/**
 * Walks both sides in the order of their references and matches those that are equal; holds no more than a batch of
 * each side, and the records of one reference.
 *
 * @throws ReconcileError OUT_OF_ORDER.
 */
export async function matchStreams(
  sides: { readonly here: RecordStream; readonly there: RecordStream },
  rules: MatchRules,
  outcome: MergeOutcome,
): Promise<void> {
  const here = new RunReader(sides.here, 'here');
  const there = new RunReader(sides.there, 'there');
  try {
    await step(here);
    await step(there);
    for (;;) {
      const [ours, theirs] = [here.run[0], there.run[0]];
      if (ours === undefined && theirs === undefined) return;
      const order = compareRuns(ours, theirs);
      if (order === 0) matchRuns(here.run, there.run, { rules, outcome });
      else if (order < 0) takeAlone('here', here.run, outcome);
      else takeAlone('there', there.run, outcome);
      // A promise for each record would cost more than matching it.
      if (order <= 0 && !here.advance()) await step(here);
      if (order >= 0 && !there.advance()) await step(there);
      const pause = outcome.onPause();
      if (pause !== undefined) await pause;
    }
  } finally {
    await Promise.allSettled([here.close(), there.close()]);
  }
}

async function step(reader: RunReader): Promise<void> {
  while (!reader.advance()) await reader.load();
}

/** Negative: ours goes first; 0: the same reference. Those without one go as they come. */
function compareRuns(ours: SideRecord | undefined, theirs: SideRecord | undefined): number {
  if (theirs === undefined || (ours !== undefined && ours.reference === undefined)) return -1;
  if (ours?.reference === undefined || theirs.reference === undefined) return 1;
  return compareReferences(ours.reference, theirs.reference);
}

function matchRuns(
  here: readonly SideRecord[],
  there: readonly SideRecord[],
  { rules, outcome }: { readonly rules: MatchRules; readonly outcome: MergeOutcome },
): void {
  const [ours, theirs] = [here[0], there[0]];
  if (here.length === 1 && there.length === 1 && ours !== undefined && theirs !== undefined) {
    outcome.onPair(ours, theirs);
    return;
  }
  const { pairs, group, rest } = matchReference(here, there, rules);
  for (const [a, b] of pairs) outcome.onPair(a, b);
  if (group !== undefined) outcome.onGroup(group.here, group.there);
  for (const { side, record, isCopy } of rest) outcome.onAlone(side, record, isCopy);
}

function takeAlone(side: Side, run: readonly SideRecord[], outcome: MergeOutcome): void {
  if (run.length === 1 && run[0] !== undefined) {
    outcome.onAlone(side, run[0], false);
    return;
  }
  const seen = new Set<bigint>();
  for (const record of [...run].sort((a, b) => a.position - b.position)) {
    outcome.onAlone(side, record, seen.has(record.amount));
    seen.add(record.amount);
  }
}
