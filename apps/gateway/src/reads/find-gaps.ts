import { checkIndexes, type IndexCheck, readCustomer } from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import { z } from 'zod';
import type { Principal } from '../auth/principal.js';
import { READ_LIMITS } from './limits.js';
import { consistencyParam, integerParam, invalid } from './query.js';
import type { Reads } from './reads.js';
import { unknownCustomer } from './unknown-customer.js';

export const gapsParams = z.object({
  fromSequence: integerParam(0, Number.MAX_SAFE_INTEGER),
  toSequence: integerParam(0, Number.MAX_SAFE_INTEGER),
  limit: integerParam(1, READ_LIMITS.gapsListed),
  consistency: consistencyParam(),
});

export interface GapsQuestion {
  readonly principal: Principal;
  readonly customerId: string;
  readonly params: z.output<typeof gapsParams>;
}

/**
 * GET /gaps/:customerId: looks at every delta in a range of indexes (both ends included) and lists what is missing
 * or there twice. There is nothing to list unless somebody tampered with the ledger: the fold numbers without gaps.
 *
 * @throws ApiError
 */
export async function findGaps(reads: Reads, { principal, customerId, params }: GapsQuestion) {
  const { fromSequence = 0, limit = READ_LIMITS.gapsListed, consistency = 'strong' } = params;
  if (params.toSequence !== undefined && params.toSequence < fromSequence) {
    throw invalid([{ path: 'toSequence', message: 'must not be before fromSequence' }]);
  }
  const { environmentId } = principal;
  const lane = reads.laneOf(environmentId, customerId);
  const { value, position } = await reads.ofLane(lane, consistency, () =>
    readCustomer(reads.pool, { lane, environmentId, customerId }),
  );
  const { customer } = value;
  if (customer === undefined) throw unknownCustomer(customerId, consistency, position);

  const end = Math.min(customer.count, (params.toSequence ?? fromSequence + READ_LIMITS.gapRange - 1) + 1);
  if (end - fromSequence > READ_LIMITS.gapRange) {
    const most = READ_LIMITS.gapRange.toLocaleString('en');
    throw new ApiError(
      'SCOPE_TOO_WIDE',
      `at most ${most} deltas are looked at in one request: ask for parts`,
    );
  }
  const range = { fromIndex: fromSequence, toIndex: Math.max(fromSequence, end) };
  const check = await reads.large.run(() => checkIndexes(reads.pool, customer.number, range));
  const found = listGaps(check, range);
  const last = range.toIndex - 1;
  return {
    customerId,
    totalDeltas: customer.count,
    fromSequence,
    toSequence: last >= fromSequence ? last : null,
    expected: range.toIndex - range.fromIndex,
    checked: check.count,
    contiguous: found.gaps.length === 0 && found.duplicates.length === 0,
    gapsCount: found.gaps.length,
    gaps: found.gaps.slice(0, limit),
    duplicates: found.duplicates.slice(0, limit),
    /** Where to go on; null when the customer's last delta was looked at. */
    nextSequence: range.toIndex < customer.count ? range.toIndex : null,
    position,
  };
}

export interface Gap {
  readonly fromSequence: number;
  readonly toSequence: number;
  readonly missing: number;
}

/** The holes between neighbours, and those at the two ends, which have no neighbour. */
export function listGaps(
  { first, last, breaks }: IndexCheck,
  range: { readonly fromIndex: number; readonly toIndex: number },
): { readonly gaps: Gap[]; readonly duplicates: number[] } {
  const neighbours = [
    { before: range.fromIndex - 1, after: first ?? range.toIndex },
    ...breaks,
    ...(last === undefined ? [] : [{ before: last, after: range.toIndex }]),
  ];
  return {
    gaps: neighbours
      .filter(({ before, after }) => after - before > 1)
      .map(({ before, after }) => ({
        fromSequence: before + 1,
        toSequence: after - 1,
        missing: after - before - 1,
      })),
    duplicates: breaks.filter(({ before, after }) => after === before).map(({ after }) => after),
  };
}
