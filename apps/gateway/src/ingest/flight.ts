import type { EmitOutcome } from './emit-outcome.js';
import type { PreparedDelta } from './prepare-delta.js';

/** Deltas that are answered together: those of one request, or of one piece of it. */
export class Flight {
  /** Resolves when every delta has its outcome. */
  readonly done: Promise<this>;
  /** By place; a delta that never got an identity is absent. */
  private readonly deltas: (PreparedDelta | undefined)[];
  private readonly outcomes: (EmitOutcome | undefined)[];
  private readonly resolve: (flight: this) => void;
  private remaining: number;

  constructor(readonly count: number) {
    this.remaining = count;
    this.deltas = new Array<PreparedDelta | undefined>(count);
    this.outcomes = new Array<EmitOutcome | undefined>(count);
    const { promise, resolve } = Promise.withResolvers<this>();
    this.done = promise;
    this.resolve = resolve;
    if (count === 0) resolve(this);
  }

  board(index: number, delta: PreparedDelta): void {
    this.deltas[index] = delta;
  }

  deltaAt(index: number): PreparedDelta | undefined {
    return this.deltas[index];
  }

  /** @throws Error before `done`. */
  outcomeAt(index: number): EmitOutcome {
    const outcome = this.outcomes[index];
    if (outcome === undefined) throw new Error('the delta has no outcome yet');
    return outcome;
  }

  isSettled(index: number): boolean {
    return this.outcomes[index] !== undefined;
  }

  /** The first outcome counts: nothing that happens later changes what a producer was told. */
  settle(index: number, outcome: EmitOutcome): void {
    if (this.outcomes[index] !== undefined) return;
    this.outcomes[index] = outcome;
    this.remaining -= 1;
    if (this.remaining === 0) this.resolve(this);
  }
}
