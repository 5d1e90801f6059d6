import type { Sha256 } from './leaf.js';
import type { VerifySignature } from './note.js';
import type { VerifierKey } from './verifier-key.js';

/** What a verifier needs from outside: two functions, and the keys that its user trusts. Nothing is fetched. */
export interface VerifyOptions {
  readonly sha256: Sha256;
  readonly verifySignature: VerifySignature;
  /** Keys of logs; a key's name is the origin of the log for which it may sign. Several of one name: rotation. */
  readonly keys: readonly VerifierKey[];
}

/**
 * holds: checked and right; unchecked: it could not be checked, because a part is not there (yet), was not disclosed, or no
 * key for it is known; refused: checked and wrong.
 */
export type StepOutcome = 'holds' | 'unchecked' | 'refused';

export interface Step<Name extends string = string> {
  readonly name: Name;
  readonly outcome: StepOutcome;
  /** One sentence for people. */
  readonly sentence: string;
}

/**
 * proven: every step holds up to a signature by a trusted key (metadata may have been left undisclosed);
 * incomplete: nothing is wrong, and something is not proven; refused: something is wrong.
 */
export type Verdict = 'proven' | 'incomplete' | 'refused';

/** What a check found: nothing, or what is wrong. */
export type Problem = string | undefined;

/** A step that was checked: it holds unless there is a problem. */
export function checked<Name extends string>(name: Name, problem: Problem, holds: string): Step<Name> {
  return problem === undefined
    ? { name, outcome: 'holds', sentence: holds }
    : { name, outcome: 'refused', sentence: problem };
}

export function unchecked<Name extends string>(name: Name, sentence: string): Step<Name> {
  return { name, outcome: 'unchecked', sentence };
}

/** Undisclosed metadata takes nothing from the proof of the rest. */
export function verdictOf(steps: readonly Step[]): Verdict {
  if (steps.some(({ outcome }) => outcome === 'refused')) return 'refused';
  const complete = steps.every(({ name, outcome }) => outcome === 'holds' || name === 'metadata');
  return complete ? 'proven' : 'incomplete';
}
