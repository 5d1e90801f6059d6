import type { BatchAnswer } from '../api-types.js';
import type { Delta } from '../balance/options.js';
import {
  PacSpaceError,
  RateLimitError,
  ServiceUnavailableError,
  TimeoutError,
  ValidationError,
} from '../errors.js';
import { sleep } from '../http/retry.js';
import { sendForData, type TransportOptions } from '../http/transport.js';
import type { Batch } from './batch-builder.js';

/** A delta that is not recorded, and why. After an `error` that says unavailable, it may be recorded nevertheless. */
export interface Rejection {
  readonly delta: Delta;
  readonly error: PacSpaceError;
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 8_000;
const BUSY_CODES: ReadonlySet<string> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

/**
 * Sends a batch until every delta of it is recorded or finally refused, for up to `retryForMs` after the first failure.
 * Never rejects: what is not recorded is in the result.
 */
export async function sendBatch(
  transport: TransportOptions,
  batch: Batch,
  retryForMs: number,
): Promise<Rejection[]> {
  const rejections: Rejection[] = [];
  let { lines, deltas } = batch;
  let troubleSince: number | undefined;
  for (let tried = 1; ; tried += 1) {
    let error: PacSpaceError | undefined;
    try {
      const answer = await post({ ...transport, maxRetries: 0 }, lines);
      const busy: number[] = [];
      for (const result of answer.results) {
        const delta = deltas[result.index];
        if (result.status !== 'FAILED' || delta === undefined) continue;
        const { code, fields, message } = result.error;
        const refusal = toRefusal(message, code, fields);
        if (!BUSY_CODES.has(refusal.code)) rejections.push({ delta, error: refusal });
        else {
          busy.push(result.index);
          error = refusal;
        }
      }
      if (busy.length < lines.length) troubleSince = undefined;
      [lines, deltas] = [busy.map((i) => lines[i] ?? ''), busy.flatMap((i) => deltas[i] ?? [])];
    } catch (cause) {
      error = toPacSpaceError(cause);
    }
    if (error === undefined) return rejections;
    troubleSince ??= Date.now();
    const pauseMs = pauseAfter(tried, error);
    if (!isPassing(error) || Date.now() + pauseMs - troubleSince > retryForMs) {
      for (const delta of deltas) rejections.push({ delta, error });
      return rejections;
    }
    await sleep(pauseMs, undefined);
  }
}

async function post(transport: TransportOptions, lines: readonly string[]): Promise<BatchAnswer> {
  return await sendForData<BatchAnswer>(transport, {
    method: 'POST',
    path: '/api/v1/balance/delta/batch',
    // Those that are recorded need not be listed.
    query: { results: 'failed' },
    raw: { text: `${lines.join('\n')}\n`, contentType: 'application/x-ndjson' },
  });
}

function toRefusal(
  message: string,
  code = 'VALIDATION_FAILED',
  fields?: PacSpaceError['fields'],
): PacSpaceError {
  return code === 'VALIDATION_FAILED'
    ? new ValidationError(message, { code, fields })
    : new PacSpaceError(message, { code, fields });
}

function toPacSpaceError(cause: unknown): PacSpaceError {
  return cause instanceof PacSpaceError
    ? cause
    : new PacSpaceError(String(cause), { code: 'UNEXPECTED_ANSWER', cause });
}

function isPassing(error: PacSpaceError): boolean {
  return (
    BUSY_CODES.has(error.code) ||
    error instanceof ServiceUnavailableError ||
    error instanceof RateLimitError ||
    error instanceof TimeoutError
  );
}

function pauseAfter(tried: number, { retryAfter = 0 }: PacSpaceError): number {
  const backoff = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tried - 1, 10), LONGEST_PAUSE_MS);
  return retryAfter * 1000 + backoff * (0.5 + Math.random() / 2);
}
