import { formatPeriod, formatTime } from '@pacspace/domain';
import {
  type CustomerFacts,
  type EntrySelection,
  findIndexAsOf,
  findRecordPlace,
  selectEntries,
} from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';
import type { DeriveQuery, RequestedScope } from './parse-derive-query.js';

/**
 * The customer's deltas that a scope means.
 *
 * @throws ApiError NOT_FOUND when the checkpoint to start from does not exist.
 */
export async function resolveScope(
  pool: pg.Pool,
  customer: CustomerFacts,
  { scope, asOfMs }: Pick<DeriveQuery, 'scope' | 'asOfMs'>,
): Promise<EntrySelection> {
  const known = asOfMs === undefined ? customer.count : await findIndexAsOf(pool, customer, asOfMs);
  switch (scope.kind) {
    case 'all':
      return selectEntries(customer, { toIndex: known });
    case 'period':
      return selectEntries(customer, { period: scope.period, toIndex: known });
    case 'window':
      return selectEntries(customer, { fromMs: scope.fromMs, toMs: scope.toMs, toIndex: known });
    case 'at':
      return selectEntries(customer, { toMs: scope.atMs + 1, toIndex: known });
    case 'checkpoint': {
      const fromIndex = await findCheckpoint(pool, customer, scope);
      return selectEntries(customer, { fromIndex, toIndex: known });
    }
  }
}

/** Index of the first delta after a checkpoint. */
async function findCheckpoint(
  pool: pg.Pool,
  customer: CustomerFacts,
  { type, value }: Extract<RequestedScope, { kind: 'checkpoint' }>,
): Promise<number> {
  if (type === 'proofRoot') {
    throw new ApiError('NOT_FOUND', 'no sealed period of this customer has this proof root');
  }
  const place = await findRecordPlace(pool, value.slice('rec_'.length));
  if (place?.customerNo !== customer.number) {
    throw new ApiError('NOT_FOUND', `this customer has no recorded delta ${value}`);
  }
  return place.index + 1;
}

/** The scope as it is answered: what was asked for, and what it came to mean. */
export function describeScope({ scope, asOfMs }: Pick<DeriveQuery, 'scope' | 'asOfMs'>) {
  const asOf = asOfMs === undefined ? {} : { asOf: formatTime(asOfMs) };
  switch (scope.kind) {
    case 'all':
      return { kind: scope.kind, ...asOf };
    case 'period': {
      const { timePreset } = scope;
      return {
        kind: scope.kind,
        period: formatPeriod(scope.period),
        ...(timePreset !== undefined && { timePreset }),
        ...asOf,
      };
    }
    case 'window':
      return {
        kind: scope.kind,
        startDate: formatTime(scope.fromMs),
        endDate: formatTime(scope.toMs),
        ...asOf,
      };
    case 'checkpoint':
      return {
        kind: scope.kind,
        startingCheckpoint: scope.value,
        startingCheckpointType: scope.type,
        ...asOf,
      };
    case 'at':
      return { kind: scope.kind, at: formatTime(scope.atMs), ...asOf };
  }
}
