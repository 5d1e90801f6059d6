import type { Period } from '@pacspace/domain';
import { ApiError, type CheckpointRequest } from '@pacspace/wire';
import { READ_LIMITS } from '../reads/limits.js';
import { invalid } from '../reads/query.js';

/** The parameters that name a scope, each checked for itself; `customerId` beside them. */
export interface ScopeParams {
  readonly period?: Period | undefined;
  readonly timePreset?: 'current_month' | 'custom' | undefined;
  readonly startDate?: number | undefined;
  readonly endDate?: number | undefined;
  readonly fingerprints?: readonly string[] | undefined;
}

export type CheckpointScope = CheckpointRequest['scope'];

/**
 * The one scope that is named; undefined when none is.
 *
 * @throws ApiError VALIDATION_FAILED | INVALID_SCOPE_COMBINATION | SCOPE_TOO_WIDE
 */
export function chooseScope(params: ScopeParams, currentPeriod: Period): CheckpointScope | undefined {
  const { period, timePreset, startDate, endDate, fingerprints } = params;
  const given = {
    period: period !== undefined,
    'timePreset=current_month': timePreset === 'current_month',
    'startDate and endDate': timePreset === 'custom' || startDate !== undefined || endDate !== undefined,
    fingerprints: fingerprints !== undefined,
  };
  const kinds = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (kinds.length > 1) {
    const message = `the scopes ${kinds.join(', ')} exclude each other: give one of them`;
    throw new ApiError('INVALID_SCOPE_COMBINATION', message);
  }
  if (fingerprints !== undefined) return { kind: 'subset', fingerprints: [...fingerprints] };
  if (given['startDate and endDate']) return chooseWindow(startDate, endDate);
  if (timePreset === 'current_month') return { kind: 'period', period: currentPeriod };
  return period === undefined ? undefined : { kind: 'period', period };
}

function chooseWindow(fromMs: number | undefined, toMs: number | undefined): CheckpointScope {
  if (fromMs === undefined || toMs === undefined) {
    const missing = [
      ...(fromMs === undefined ? ['startDate'] : []),
      ...(toMs === undefined ? ['endDate'] : []),
    ];
    throw invalid(missing.map((path) => ({ path, message: 'must be given: a window has two ends' })));
  }
  if (toMs <= fromMs) throw invalid([{ path: 'endDate', message: 'must be after startDate' }]);
  if (toMs > addMonths(fromMs, READ_LIMITS.scopeMonths)) {
    const message = `the window is wider than ${READ_LIMITS.scopeMonths} months: ask for parts of it`;
    throw new ApiError('SCOPE_TOO_WIDE', message);
  }
  return { kind: 'window', fromMs, toMs };
}

function addMonths(timeMs: number, months: number): number {
  const date = new Date(timeMs);
  return date.setUTCMonth(date.getUTCMonth() + months);
}
