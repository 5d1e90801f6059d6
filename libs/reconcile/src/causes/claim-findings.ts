import type { Amount } from '@pacspace/domain';
import { magnitude } from '../rules.js';
import { RunningTotal } from '../totals.js';
import type { HeldFindings } from '../held-findings.js';
import { type Candidate, type Cause, type CauseKind, LEAST_RECORDS } from './cause.js';

/** Of equal weight, the more telling first. */
const RANK: Readonly<Record<CauseKind['kind'], number>> = {
  flippedSign: 0,
  constantFactor: 1,
  batchTwice: 2,
  shiftedClock: 3,
  missingDays: 4,
  missingReason: 5,
  missingDimension: 6,
};

/**
 * Gives each finding to at most one cause: the candidate that explains most of the discrepancy chooses first. One
 * that is left with few findings is dropped. The causes come back by how much they explain, and their number is set
 * at the findings that they claim.
 */
export function claimFindings(unresolved: HeldFindings, candidates: readonly Candidate[]): readonly Cause[] {
  const weighed = candidates
    .map((candidate, i) => ({ candidate, i, ...weigh(unresolved, candidate) }))
    .sort((a, b) => byWeight(a, b) || RANK[a.candidate.kind.kind] - RANK[b.candidate.kind.kind] || a.i - b.i);
  const claims: { readonly cause: Cause; readonly findings: readonly number[] }[] = [];
  const claimed = new Uint8Array(unresolved.count);
  for (const { candidate } of weighed) {
    const findings: number[] = [];
    for (const at of unresolved.indexes()) if (claimed[at] === 0 && candidate.fits(at)) findings.push(at);
    // That a clock is shifted shows in the pairs, also where no record differs for it.
    if (findings.length < LEAST_RECORDS && candidate.kind.kind !== 'shiftedClock') continue;
    for (const at of findings) claimed[at] = 1;
    claims.push({ cause: toCause(unresolved, candidate.kind, findings), findings });
  }
  claims.sort((a, b) => byWeight(a.cause, b.cause) || RANK[a.cause.kind] - RANK[b.cause.kind]);
  for (const [number, { findings }] of claims.entries())
    for (const at of findings) unresolved.setCause(at, number);
  return claims.map(({ cause }) => cause);
}

interface Weight {
  readonly contribution: Amount;
  readonly findings: number;
}

function weigh(unresolved: HeldFindings, { fits }: Candidate): Weight {
  let contribution = 0n;
  let findings = 0;
  for (const at of unresolved.indexes()) {
    if (!fits(at)) continue;
    contribution += unresolved.contribution(at);
    findings += 1;
  }
  return { contribution, findings };
}

function byWeight(a: Weight, b: Weight): number {
  const [x, y] = [magnitude(a.contribution), magnitude(b.contribution)];
  return x === y ? b.findings - a.findings : x > y ? -1 : 1;
}

function toCause(unresolved: HeldFindings, kind: CauseKind, findings: readonly number[]): Cause {
  const { here, there } = unresolved.held;
  const [ours, theirs] = [new RunningTotal(), new RunningTotal()];
  let [firstHere, firstThere] = [Infinity, Infinity];
  for (const at of findings) {
    const [a, b] = [unresolved.hereOf(at), unresolved.thereOf(at)];
    if (a !== undefined) {
      firstHere = Math.min(firstHere, here.position(a));
      if (!here.isOutside(a)) ours.add(here.amount(a));
    }
    if (b !== undefined) {
      firstThere = Math.min(firstThere, there.position(b));
      if (!there.isOutside(b)) theirs.add(there.amount(b));
    }
  }
  return {
    ...kind,
    findings: findings.length,
    contribution: ours.sum - theirs.sum,
    here: ours.toTotal(),
    there: theirs.toTotal(),
    firstHere: firstHere === Infinity ? undefined : firstHere,
    firstThere: firstThere === Infinity ? undefined : firstThere,
  };
}
