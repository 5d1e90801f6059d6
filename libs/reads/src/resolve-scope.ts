import { formatPeriod, formatTime } from '@pacspace/domain';
import {
  type CustomerFacts,
  type EntrySelection,
  findIndexAsOf,
  findRecordPlace,
  findSealsByRoot,
  selectEntries,
} from '@pacspace/ledger';
import { fromHex, parseSeal } from '@pacspace/proof';
import { ApiError, type ReadScope, type ScopeAsOf } from '@pacspace/wire';
import type pg from 'pg';

/**
 * The customer's deltas that a scope means.
 *
 * @throws ApiError NOT_FOUND when the checkpoint to start from does not exist.
 */
export async function resolveScope(
  pool: pg.Pool,
  customer: CustomerFacts,
  { scope, asOfMs }: ScopeAsOf,
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
      const fromIndex =
        scope.type === 'recordId'
          ? await findAfterRecord(pool, customer, scope.value)
          : await findAfterSeal(pool, customer, scope.value);
      return selectEntries(customer, { fromIndex, toIndex: known });
    }
  }
}

async function findAfterRecord(pool: pg.Pool, customer: CustomerFacts, recordId: string): Promise<number> {
  const place = await findRecordPlace(pool, recordId.slice('rec_'.length));
  if (place?.customerNo !== customer.number) {
    throw new ApiError('NOT_FOUND', `this customer has no recorded delta ${recordId}`);
  }
  return place.index + 1;
}

const MOST_SEALS = 100;

/** The same root may be sealed more than once, finally at last: the last entry that it covers is the same one. */
async function findAfterSeal(pool: pg.Pool, customer: CustomerFacts, proofRoot: string): Promise<number> {
  const root = fromHex(proofRoot.replace(/^0x/i, '').toLowerCase());
  const seals = await findSealsByRoot(pool, root, MOST_SEALS);
  const seal = seals.find(({ customerNo, count }) => customerNo === customer.number && count > 0);
  const lastIndex = seal === undefined ? undefined : parseSeal(JSON.parse(seal.body)).lastIndex;
  if (lastIndex !== undefined) return lastIndex + 1;
  throw new ApiError('NOT_FOUND', 'no checkpoint of this customer has this proof root');
}

/** The scope as it is answered: what was asked for, and what it came to mean. */
export function describeScope({ scope, asOfMs }: ScopeAsOf) {
  const asOf = asOfMs === undefined ? {} : { asOf: formatTime(asOfMs) };
  return { ...describeKind(scope), ...asOf };
}

function describeKind(scope: ReadScope) {
  switch (scope.kind) {
    case 'all':
      return { kind: scope.kind };
    case 'period': {
      const { timePreset } = scope;
      return {
        kind: scope.kind,
        period: formatPeriod(scope.period),
        ...(timePreset !== undefined && { timePreset }),
      };
    }
    case 'window':
      return { kind: scope.kind, startDate: formatTime(scope.fromMs), endDate: formatTime(scope.toMs) };
    case 'checkpoint':
      return { kind: scope.kind, startingCheckpoint: scope.value, startingCheckpointType: scope.type };
    case 'at':
      return { kind: scope.kind, at: formatTime(scope.atMs) };
  }
}
