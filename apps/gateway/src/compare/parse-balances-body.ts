import { type Amount, formatAmount, isCustomerId, isJsonObject, parseAmount } from '@pacspace/domain';
import type { BalancesRequest, FieldError } from '@pacspace/wire';
import { z } from 'zod';
import { chooseScope, scopeParams } from '../reads/derive/parse-derive-query.js';
import { invalid, parseQuery } from '../reads/query.js';

const scopeMembers = z.object(scopeParams);

/**
 * What POST /compare asks for when two totals are given. Members that are null or empty are absent, unknown ones are
 * let pass.
 *
 * @throws ApiError VALIDATION_FAILED with every problem; INVALID_SCOPE_COMBINATION | SCOPE_TOO_WIDE
 */
export function parseBalancesBody(
  body: unknown,
  nowMs: number,
): Omit<BalancesRequest, 'reportId' | 'environmentId'> {
  if (!isJsonObject(body)) throw invalid([{ path: 'body', message: 'must be a JSON object' }]);
  const problems: FieldError[] = [];
  const yourBalance = readBalance(body['yourBalance'], 'yourBalance', problems);
  const theirBalance = readBalance(body['theirBalance'], 'theirBalance', problems);
  const startingBalance = readBalance(body['startingBalance'] ?? 0, 'startingBalance', problems);
  const customerId = readCustomerId(body['customerId'], problems);
  if (problems.length > 0) throw invalid(problems);
  return {
    yourBalance,
    theirBalance,
    startingBalance,
    ...(customerId !== undefined && { customerId }),
    ...readScope(body, nowMs),
  };
}

/** The scope among a body's members. @throws ApiError */
export function readScope(
  body: Readonly<Record<string, unknown>>,
  nowMs: number,
): Pick<BalancesRequest, 'scope' | 'asOfMs'> {
  const given = Object.keys(scopeParams).flatMap((name) =>
    body[name] === undefined || body[name] === null ? [] : [[name, body[name]] as const],
  );
  const wrong = given.filter(([, value]) => typeof value !== 'string');
  if (wrong.length > 0) throw invalid(wrong.map(([path]) => ({ path, message: 'must be a string' })));
  const params = parseQuery(scopeMembers, Object.fromEntries(given));
  const scope = chooseScope(params, nowMs);
  return { scope, ...(params.asOf !== undefined && { asOfMs: params.asOf }) };
}

export function readCustomerId(value: unknown, problems: FieldError[]): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (isCustomerId(value)) return value;
  problems.push({
    path: 'customerId',
    message: 'must be 1 to 128 characters of letters, digits, and _ - . :',
  });
  return undefined;
}

function readBalance(value: unknown, path: string, problems: FieldError[]): string {
  const amount = typeof value === 'number' || typeof value === 'string' ? parse(value) : undefined;
  if (amount !== undefined) return formatAmount(amount);
  problems.push({
    path,
    message:
      value === undefined || value === null
        ? 'must be given: a number or a decimal in a string'
        : 'must be a number or a decimal in a string, kept exactly with at most 12 decimals',
  });
  return '0';
}

function parse(value: number | string): Amount | undefined {
  const parsed = parseAmount(value);
  return parsed.ok ? parsed.amount : undefined;
}
