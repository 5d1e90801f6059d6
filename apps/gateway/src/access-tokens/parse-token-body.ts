import { formatTime, isCustomerId, isJsonObject, parsePeriod, parseTimeOrDate } from '@pacspace/domain';
import type { FieldError } from '@pacspace/wire';
import { invalid } from '../reads/query.js';
import { parseRoot } from '../receipts/parse-root.js';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
export const MOST_DAYS = 366;
export const NAME_LENGTH = 100;

export interface TokenBody {
  /** What it shows: the records under a root, or those of a customer's period. */
  readonly shown: { readonly root: Uint8Array } | { readonly customerId: string; readonly period: string };
  readonly name: string | undefined;
  readonly expiresAtMs: number;
}

/** Members that are null are absent, unknown ones are let pass. @throws ApiError VALIDATION_FAILED with every problem */
export function parseTokenBody(body: unknown, nowMs: number): TokenBody {
  if (!isJsonObject(body)) throw invalid([{ path: 'body', message: 'must be a JSON object' }]);
  const problems: FieldError[] = [];
  const shown = readShown(body, problems);
  const name = readName(body['name'] ?? undefined, problems);
  const expiresAtMs = readExpiry(body['expiresAt'] ?? undefined, nowMs, problems);
  if (problems.length > 0 || shown === undefined) throw invalid(problems);
  return { shown, name, expiresAtMs };
}

function readShown(
  body: Readonly<Record<string, unknown>>,
  problems: FieldError[],
): TokenBody['shown'] | undefined {
  const [root, customerId, period] = [
    body['proofRoot'] ?? undefined,
    body['customerId'] ?? undefined,
    body['period'] ?? undefined,
  ];
  if (root !== undefined) {
    if (customerId !== undefined || period !== undefined) {
      problems.push({ path: 'proofRoot', message: 'must be left out, or customerId and period must' });
      return undefined;
    }
    return { root: parseRoot(typeof root === 'string' ? root : '') };
  }
  if (!isCustomerId(customerId)) {
    problems.push({
      path: 'customerId',
      message: 'must be given with period, as a customer id, unless proofRoot is',
    });
  }
  if (typeof period !== 'string' || parsePeriod(period) === undefined) {
    problems.push({ path: 'period', message: 'must be a month, such as 2026-11, unless proofRoot is given' });
  }
  return isCustomerId(customerId) && typeof period === 'string' ? { customerId, period } : undefined;
}

function readName(value: unknown, problems: FieldError[]): string | undefined {
  if (value === undefined) return undefined;
  if (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= NAME_LENGTH &&
    value.isWellFormed() &&
    !value.includes('\0')
  )
    return value;
  problems.push({ path: 'name', message: `must be a text of 1 to ${NAME_LENGTH} characters without NUL` });
  return undefined;
}

function readExpiry(value: unknown, nowMs: number, problems: FieldError[]): number {
  if (value === undefined) return nowMs + DEFAULT_DAYS * DAY_MS;
  const expiresAtMs = typeof value === 'string' ? parseTimeOrDate(value) : undefined;
  const latest = nowMs + MOST_DAYS * DAY_MS;
  if (expiresAtMs !== undefined && expiresAtMs > nowMs && expiresAtMs <= latest) return expiresAtMs;
  problems.push({
    path: 'expiresAt',
    message: `must be an ISO 8601 time after now and until ${formatTime(latest)}`,
  });
  return 0;
}
