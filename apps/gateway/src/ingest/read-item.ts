import { DELTA_LIMITS, type FieldProblem, parseDelta } from '@pacspace/domain';
import { ApiError } from '@pacspace/wire';
import type { Item } from './intake.js';

/**
 * One item of a batch: checked, and with the key that it is deduplicated by, which is its `idempotencyKey`, or else its
 * `referenceId`, or else the batch's own key and its place in it, or else none.
 */
export function readItem(value: unknown, nowMs: number, batchKey?: string): Item | ApiError {
  const parsed = parseDelta(value, nowMs);
  if (!parsed.ok) return invalid(parsed.problems);
  const { delta: input } = parsed;
  return { input, key: input.idempotencyKey ?? input.referenceId ?? batchKey };
}

export function invalid(problems: readonly FieldProblem[]): ApiError {
  const first = problems[0];
  const message =
    first === undefined ? 'not valid' : first.path === '' ? first.message : `${first.path} ${first.message}`;
  return new ApiError('VALIDATION_FAILED', message, { fields: problems });
}

/** What a header can carry unharmed through every proxy. */
const KEY = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** @throws ApiError VALIDATION_FAILED */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const max = DELTA_LIMITS.idempotencyKeyLength;
  if (typeof header === 'string' && header.length <= max && KEY.test(header)) return header;
  const message = `must be 1 to ${max} printable ASCII characters`;
  throw new ApiError('VALIDATION_FAILED', `Idempotency-Key ${message}`, {
    fields: [{ path: 'Idempotency-Key', message }],
  });
}
