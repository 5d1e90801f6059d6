import { ServiceUnavailableError, RateLimitError, TimeoutError, type PacSpaceError } from '../errors.js';

export interface RetryPolicy {
  /** Tries after the first one. */
  readonly maxRetries: number;
  /** A service that asks for a longer pause than this is not waited for: the error is thrown, and says how long. */
  readonly maxRetryAfterMs: number;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 8_000;

/**
 * The pause before the next try, or undefined when there is to be none: at least what the service asks for, else doubled
 * with each try; spread at random, so that clients that failed together do not come back together.
 */
export function pauseBefore(
  tried: number,
  error: PacSpaceError,
  { maxRetries, maxRetryAfterMs }: RetryPolicy,
): number | undefined {
  if (tried > maxRetries || !isWorthAnother(error)) return undefined;
  const asked = (error.retryAfter ?? 0) * 1000;
  if (asked > maxRetryAfterMs) return undefined;
  const backoff = Math.min(FIRST_PAUSE_MS * 2 ** (tried - 1), LONGEST_PAUSE_MS);
  return asked + backoff * (0.5 + Math.random() / 2);
}

/** 408, 429, 5xx, no answer, and an answer that is still being made. */
function isWorthAnother(error: PacSpaceError): boolean {
  return (
    error instanceof ServiceUnavailableError ||
    error instanceof RateLimitError ||
    error instanceof TimeoutError
  );
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
