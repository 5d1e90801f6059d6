import { formatTime } from '@pacspace/domain';
import { type ListedCustomer, listCustomers as readCustomers } from '@pacspace/ledger';
import { amountFields, receiptIdOf } from '@pacspace/wire';
import { z } from 'zod';
import type { Principal } from '../../auth/principal.js';
import { READ_LIMITS } from '../limits.js';
import { consistencyParam, integerParam, invalid, textParam } from '../query.js';
import type { Reads } from '../reads.js';

export const listParams = z.object({
  search: textParam(READ_LIMITS.searchLength),
  limit: integerParam(1, READ_LIMITS.customersPage),
  page: integerParam(1, 1_000_000),
  consistency: consistencyParam(),
});

/** GET /customers: those of whom something is recorded, by id. */
export async function listCustomers(
  reads: Reads,
  { environmentId }: Principal,
  params: z.output<typeof listParams>,
) {
  const { search, limit = READ_LIMITS.customersPageDefault, page = 1, consistency = 'strong' } = params;
  const offset = (page - 1) * limit;
  if (offset > READ_LIMITS.offset) {
    const message = `must not skip more than ${READ_LIMITS.offset.toLocaleString('en')} customers: search instead`;
    throw invalid([{ path: 'page', message }]);
  }
  const { value, position } = await reads.ofAllLanes(consistency, () =>
    reads.large.run(() => readCustomers(reads.pool, { environmentId, search, limit, offset })),
  );
  const { customers, total } = value;
  return {
    items: customers.map(formatCustomer),
    total,
    page,
    limit,
    pages: Math.ceil(total / limit),
    position,
  };
}

function formatCustomer(customer: ListedCustomer) {
  const { customerId } = customer;
  return {
    customerId,
    customerReference: customerId,
    totalDeltas: customer.count,
    ...amountFields('computedBalance', customer.balance),
    firstRecordedAt: formatTime(customer.firstRecordedAtMs),
    lastRecordedAt: formatTime(customer.lastRecordedAtMs),
    latestReceiptId: receiptIdOf(customer.lastRecordKey),
  };
}
