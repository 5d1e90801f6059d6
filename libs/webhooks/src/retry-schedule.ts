const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** From one try to the next: ten tries in all, over some 75 hours. */
const DELAYS_MS: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

export const MAX_ATTEMPTS = DELAYS_MS.length + 1;

/** Each delay is up to this share longer or shorter, so that what failed together does not come back together. */
const JITTER = 0.1;

/** However late a receiver wishes it. */
const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

export interface RetryQuestion {
  /** Tries so far, the failed one included. */
  readonly attempts: number;
  readonly nowMs: number;
  /** What the receiver asked for. */
  readonly retryAfterMs?: number | undefined;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** When to try again; undefined: not any more. */
export function nextTryAt({ attempts, nowMs, retryAfterMs = 0, random }: RetryQuestion): number | undefined {
  const delay = DELAYS_MS[attempts - 1];
  if (delay === undefined) return undefined;
  const jittered = delay * (1 - JITTER + 2 * JITTER * random());
  return Math.round(nowMs + Math.max(jittered, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS)));
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as ms from now; undefined for what is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * SECOND;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
