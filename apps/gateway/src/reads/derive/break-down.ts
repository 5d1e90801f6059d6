import { formatTime } from '@pacspace/domain';
import { breakDown, type BreakdownRow, countAtMost, type EntrySelection } from '@pacspace/ledger';
import { amountFields, ApiError } from '@pacspace/wire';
import { READ_LIMITS } from '../limits.js';
import type { Reads } from '../reads.js';
import type { DeriveQuery } from './parse-derive-query.js';

/**
 * The sum in parts, or undefined when none were asked for.
 *
 * @throws ApiError SCOPE_TOO_WIDE when it would have to read too many deltas, or has too many parts.
 */
export async function readBreakdown(
  reads: Reads,
  selection: EntrySelection,
  { granularity, groupBy }: DeriveQuery,
): Promise<ReturnType<typeof formatRow>[] | undefined> {
  if (granularity === undefined && groupBy === undefined) return undefined;
  // Whole months alone come from totals.
  const isRead = granularity !== 'month' || groupBy !== undefined;
  const count = countAtMost(selection);
  if (isRead && count > READ_LIMITS.breakdownDeltas) {
    const most = READ_LIMITS.breakdownDeltas.toLocaleString('en');
    throw tooWide(`a breakdown reads at most ${most} deltas, this scope has up to ${count}`);
  }
  const limit = READ_LIMITS.breakdownRows + 1;
  const rows = await reads.large.run(() => breakDown(reads.pool, selection, { granularity, groupBy, limit }));
  if (rows.length === limit) {
    throw tooWide(`the breakdown has more than ${READ_LIMITS.breakdownRows.toLocaleString('en')} rows`);
  }
  return rows.map(formatRow);
}

function formatRow({ startMs, group, count, net }: BreakdownRow) {
  return {
    ...(startMs !== undefined && { startDate: formatTime(startMs) }),
    ...(group !== undefined && { group }),
    deltasCount: count,
    ...amountFields('netChange', net),
  };
}

function tooWide(message: string): ApiError {
  return new ApiError('SCOPE_TOO_WIDE', `${message}: narrow the scope or choose a coarser one`);
}
