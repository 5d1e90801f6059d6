import { formatPeriod, formatTime } from '@pacspace/domain';
import {
  type CustomerFacts,
  findLastSeal,
  formatCheckpointId,
  pageEntries,
  readCustomer,
  selectEntries,
  type StoredSeal,
  sumEntries,
} from '@pacspace/ledger';
import { amountFields, receiptIdOf } from '@pacspace/wire';
import { z } from 'zod';
import type { Principal } from '../../auth/principal.js';
import { formatDelta } from '../format-delta.js';
import { READ_LIMITS } from '../limits.js';
import { consistencyParam, integerParam, invalid, periodParam } from '../query.js';
import type { Reads } from '../reads.js';
import { unknownCustomer } from '../unknown-customer.js';

export const customerParams = z.object({
  deltaPage: integerParam(1, 1_000_000),
  deltaLimit: integerParam(1, READ_LIMITS.activityPage),
  period: periodParam(),
  consistency: consistencyParam(),
});

export interface CustomerQuestion {
  readonly principal: Principal;
  readonly customerId: string;
  readonly params: z.output<typeof customerParams>;
}

/** GET /customers/:customerId: its totals, and its deltas from the newest back, of one period when one is named. */
export async function getCustomer(reads: Reads, { principal, customerId, params }: CustomerQuestion) {
  const { environmentId } = principal;
  const { deltaPage = 1, deltaLimit = READ_LIMITS.activityPageDefault, consistency = 'strong' } = params;
  const offset = (deltaPage - 1) * deltaLimit;
  if (offset > READ_LIMITS.offset) {
    const message = `must not skip more than ${READ_LIMITS.offset.toLocaleString('en')} deltas: name a period`;
    throw invalid([{ path: 'deltaPage', message }]);
  }
  const lane = reads.laneOf(environmentId, customerId);
  const { value, position } = await reads.ofLane(lane, consistency, () =>
    readCustomer(reads.pool, { lane, environmentId, customerId }),
  );
  const { customer } = value;
  if (customer === undefined) throw unknownCustomer(customerId, consistency, position);
  const { period } = params;
  const selection = selectEntries(customer, period === undefined ? {} : { period });
  const { count: total } = await sumEntries(reads.pool, selection);
  const page = { limit: deltaLimit, offset, newestFirst: true };
  const entries = await pageEntries(reads.pool, selection, page);
  const seal = await findLastSeal(reads.pool, customer.number);
  return {
    customerId,
    customerReference: customerId,
    totalDeltas: customer.count,
    ...amountFields('computedBalance', customer.balance),
    latestReceiptId: receiptIdOf(customer.lastRecordKey),
    firstRecordedAt: formatTime(customer.firstRecordedAtMs),
    lastRecordedAt: formatTime(customer.lastRecordedAtMs),
    latestCheckpoint: seal === undefined ? null : formatSeal(seal),
    periods: customer.periods.map(formatTotals),
    recentActivity: {
      items: entries.map((entry) => formatDelta(customerId, entry)),
      pagination: { total, page: deltaPage, limit: deltaLimit, pages: Math.ceil(total / deltaLimit) },
    },
    position,
  };
}

function formatSeal(seal: StoredSeal) {
  return { checkpointId: formatCheckpointId(seal), proofRoot: Buffer.from(seal.root).toString('hex') };
}

function formatTotals({ period, count, net }: CustomerFacts['periods'][number]) {
  return { period: formatPeriod(period), deltasCount: count, ...amountFields('netChange', net) };
}
