import { sleep } from './sleep.js';

export interface BackoffOptions {
  /** The first wait, before jitter. */
  readonly firstMs: number;
  /** No wait is longer. */
  readonly maxMs: number;
  readonly factor?: number;
  /** From 0 to below 1; give a seeded one where a run must be repeatable. */
  readonly random?: () => number;
}

/**
 * How long to wait before try `attempt` + 1 (attempt 0 has failed): grows by `factor` up to `maxMs`; half of it is random, so
 * that the clients of a server that comes back do not come back together, and half is not, so that none hammers it.
 */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs, factor = 2, random = Math.random }: BackoffOptions,
): number {
  const full = Math.min(maxMs, firstMs * factor ** attempt);
  return Math.round(full / 2 + (random() * full) / 2);
}

/** The same numbers from 0 to below 1 for the same seed (mulberry32). Not for secrets. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface RetryOptions {
  readonly backoff: BackoffOptions;
  /** How often to try in all; Infinity only together with a signal. */
  readonly attempts: number;
  /** Ends the waiting between tries; the error of the last try is then thrown. */
  readonly signal?: AbortSignal;
  /** Whether trying again can help; every error unless told. */
  readonly isRetryable?: (error: unknown) => boolean;
  readonly onRetry?: (error: unknown, waitMs: number, attempt: number) => void;
}

/** Tries until it works, tries run out, or it cannot help; throws what the last try threw. */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { backoff, attempts, signal, isRetryable = () => true, onRetry } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt + 1 >= attempts || signal?.aborted === true || !isRetryable(error)) throw error;
      const waitMs = backoffMs(attempt, backoff);
      onRetry?.(error, waitMs, attempt);
      if (!(await sleep(waitMs, signal))) throw error;
    }
  }
}
