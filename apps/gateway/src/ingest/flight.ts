import { type EmitOutcome } from './emit-outcome.js';
import type { PreparedDelta } from './prepare-delta.js';

/** One delta of a flight, as it is answered. `delta` is absent when the delta never got an identity. */
export interface EmitResult {
  readonly delta: PreparedDelta | undefined;
  readonly outcome: EmitOutcome;
}

/** Deltas that are answered together: those of one request, or of one chunk of it. */
export class Flight {
  readonly done: Promise<readonly EmitResult[]>;
  private readonly results: (EmitResult | undefined)[];
  private readonly resolve: (results: readonly EmitResult[]) => void;
  private remaining: number;

  constructor(count: number) {
    this.remaining = count;
    this.results = new Array<EmitResult | undefined>(count);
    const { promise, resolve } = Promise.withResolvers<readonly EmitResult[]>();
    this.done = promise;
    this.resolve = resolve;
    if (count === 0) resolve([]);
  }

  isSettled(index: number): boolean {
    return this.results[index] !== undefined;
  }

  /** The first outcome counts: nothing that happens later changes what a producer was told. */
  settle(index: number, delta: PreparedDelta | undefined, outcome: EmitOutcome): void {
    if (this.results[index] !== undefined) return;
    this.results[index] = { delta, outcome };
    this.remaining -= 1;
    if (this.remaining === 0) this.resolve(this.results as readonly EmitResult[]);
  }
}
