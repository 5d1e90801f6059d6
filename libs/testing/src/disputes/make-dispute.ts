import type { SideRecord } from '@pacspace/reconcile';
import { applyFault } from './apply-fault.js';
import type { Dispute, DisputeOptions, TrueFinding } from './dispute.js';
import { type Bundle, type Draft, DisputeDraft, END_MS, START_MS } from './draft.js';

function timeOf({ here, there }: Bundle): number {
  return (here[0] ?? there[0])?.timeMs ?? 0;
}

function toDispute(bundles: readonly Bundle[], { shiftMs, causes }: DisputeDraft): Dispute {
  const here: SideRecord[] = [];
  const there: SideRecord[] = [];
  const findings: TrueFinding[] = [];
  for (const bundle of bundles) {
    const ours = bundle.here.map((draft) => add(here, draft, 0));
    const theirs = bundle.there.map((draft) => add(there, draft, shiftMs));
    const isMoved = theirs.length > 0 && theirs.every((row) => there[row]?.isOutside === true);
    findings.push({ class: isMoved ? 'timing' : bundle.class, here: ours, there: theirs });
  }
  return {
    here,
    there,
    dimensions: ['region'],
    scope: { startMs: START_MS, endMs: END_MS },
    truth: { findings, causes },
  };
}

function add(side: SideRecord[], draft: Draft, shiftMs: number): number {
  const position = side.length;
  const { reference, amount, reason, region } = draft;
  const timeMs = draft.timeMs + shiftMs;
  const isOutside = timeMs < START_MS || timeMs >= END_MS;
  side.push({ position, reference, amount, timeMs, reason, dimensions: [region], isOutside });
  return position;
}

/** Two sides that agree but for the faults asked for, and what must be found. The same options make the same dispute. */
export function makeDispute(options: DisputeOptions): Dispute {
  const draft = new DisputeDraft(options);
  // A day that is missing is chosen first, so that no other fault puts a row into it.
  const faults = [...options.faults].sort((a, b) => Number(b === 'dropDay') - Number(a === 'dropDay'));
  for (const fault of faults) applyFault(draft, fault);
  const bundles = [...draft.agreed(), ...draft.bundles].sort((a, b) => timeOf(a) - timeOf(b));
  return toDispute([...bundles, ...draft.appended], draft);
}
