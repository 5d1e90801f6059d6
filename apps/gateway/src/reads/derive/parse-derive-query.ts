import { type Amount, isRecordId, parseAmount, periodOf } from '@pacspace/domain';
import type { Granularity } from '@pacspace/ledger';
import type { Consistency } from '@pacspace/reads';
import { ApiError, type ReadScope } from '@pacspace/wire';
import { z } from 'zod';
import { READ_LIMITS } from '../limits.js';
import {
  choiceParam,
  consistencyParam,
  integerParam,
  invalid,
  param,
  parseQuery,
  periodParam,
  textParam,
  timeParam,
} from '../query.js';

export interface DeriveQuery {
  readonly scope: ReadScope;
  /** Knowledge time: only what was recorded by then. Goes with every scope. */
  readonly asOfMs: number | undefined;
  readonly startingBalance: Amount;
  readonly granularity: Granularity | undefined;
  readonly groupBy: { readonly reason: true } | { readonly metadata: string } | undefined;
  readonly consistency: Consistency;
  /** `totals` leaves the rows and the proof root out, and can be answered without the ledger. */
  readonly view: 'full' | 'totals';
  readonly limit: number;
  readonly offset: number;
  /** Index of the last delta of the page before. */
  readonly cursor: number | undefined;
}

const METADATA_PREFIX = 'metadata.';

export const scopeParams = {
  period: periodParam(),
  timePreset: choiceParam('current_month', 'custom'),
  startDate: timeParam().meta({ description: 'Scope: with endDate, a window of event time.' }),
  endDate: timeParam().meta({ description: 'The first moment after the window.' }),
  startingCheckpoint: textParam(128).meta({
    description: 'Scope: what came after this record or proof root.',
  }),
  startingCheckpointType: choiceParam('recordId', 'proofRoot'),
  at: timeParam().meta({ description: 'Scope: what happened up to this time.' }),
  asOf: timeParam().meta({ description: 'Only what was recorded by this time. Goes with every scope.' }),
};

export const deriveParams = z.object({
  ...scopeParams,
  startingBalance: param('a decimal such as "-12.50", with at most 12 decimals', (text) => {
    const parsed = parseAmount(text);
    return parsed.ok ? parsed.amount : undefined;
  }),
  granularity: choiceParam('day', 'week', 'month'),
  groupBy: param('reason, or metadata. and the name of a member', parseGroupBy),
  consistency: consistencyParam(),
  view: choiceParam('full', 'totals').meta({
    description: 'totals leaves rows and proof root out, and is answered faster.',
  }),
  limit: integerParam(1, READ_LIMITS.rowsPage),
  offset: integerParam(0, READ_LIMITS.offset),
  cursor: param('the nextCursor of the page before', (text) =>
    /^\d{1,15}$/.test(text) ? Number(text) : undefined,
  ),
});

export type ScopeParams = Pick<z.output<typeof deriveParams>, keyof typeof scopeParams>;

/** @throws ApiError VALIDATION_FAILED | INVALID_SCOPE_COMBINATION | SCOPE_TOO_WIDE */
export function parseDeriveQuery(query: unknown, nowMs: number): DeriveQuery {
  const params = parseQuery(deriveParams, query);
  if (params.cursor !== undefined && params.offset !== undefined) {
    throw invalid([{ path: 'cursor', message: 'must not be given together with offset' }]);
  }
  return {
    scope: chooseScope(params, nowMs),
    asOfMs: params.asOf,
    startingBalance: params.startingBalance ?? 0n,
    granularity: params.granularity,
    groupBy: params.groupBy,
    consistency: params.consistency ?? 'strong',
    view: params.view ?? 'full',
    limit: params.limit ?? READ_LIMITS.rowsPageDefault,
    offset: params.offset ?? 0,
    cursor: params.cursor,
  };
}

export function chooseScope(params: ScopeParams, nowMs: number): ReadScope {
  const { period, timePreset, startDate, endDate, at, startingCheckpoint } = params;
  const given = {
    period: period !== undefined,
    'timePreset=current_month': timePreset === 'current_month',
    'startDate and endDate': timePreset === 'custom' || startDate !== undefined || endDate !== undefined,
    startingCheckpoint: startingCheckpoint !== undefined,
    at: at !== undefined,
  };
  const kinds = Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
  if (kinds.length > 1) {
    const message = `the scopes ${kinds.join(', ')} exclude each other: give one of them`;
    throw new ApiError('INVALID_SCOPE_COMBINATION', message);
  }
  if (params.startingCheckpointType !== undefined && startingCheckpoint === undefined) {
    throw invalid([{ path: 'startingCheckpoint', message: 'must be given with startingCheckpointType' }]);
  }
  if (period !== undefined) return { kind: 'period', period };
  if (timePreset === 'current_month') return { kind: 'period', period: periodOf(nowMs), timePreset };
  if (given['startDate and endDate']) return chooseWindow(startDate, endDate);
  if (at !== undefined) return { kind: 'at', atMs: at };
  if (startingCheckpoint === undefined) return { kind: 'all' };
  return chooseCheckpoint(startingCheckpoint, params.startingCheckpointType);
}

function chooseWindow(fromMs: number | undefined, toMs: number | undefined): ReadScope {
  const missing = [
    ...(fromMs === undefined ? ['startDate'] : []),
    ...(toMs === undefined ? ['endDate'] : []),
  ];
  if (fromMs === undefined || toMs === undefined) {
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

function chooseCheckpoint(value: string, type: 'recordId' | 'proofRoot' | undefined): ReadScope {
  const isRecord = isRecordId(value);
  if (type === 'recordId' && !isRecord) {
    throw invalid([
      { path: 'startingCheckpoint', message: 'must be a record id: rec_ and 32 hexadecimal digits' },
    ]);
  }
  if (isRecord && type !== 'proofRoot') return { kind: 'checkpoint', type: 'recordId', value };
  if (/^(0x)?[0-9a-f]{64}$/i.test(value)) return { kind: 'checkpoint', type: 'proofRoot', value };
  throw invalid([
    { path: 'startingCheckpoint', message: 'must be a record id or a proof root of 64 hexadecimal digits' },
  ]);
}

function parseGroupBy(text: string): DeriveQuery['groupBy'] {
  if (text === 'reason') return { reason: true };
  const name = text.startsWith(METADATA_PREFIX) ? text.slice(METADATA_PREFIX.length) : '';
  const isName = name !== '' && name.length <= 128 && !name.includes('\0') && name.isWellFormed();
  return isName ? { metadata: name } : undefined;
}
