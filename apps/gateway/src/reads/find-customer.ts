import { type CustomerFacts, readCustomer } from '@pacspace/ledger';
import { parseCustomerId } from './query.js';
import type { Reads } from './reads.js';
import { unknownCustomer } from './unknown-customer.js';

/**
 * A customer as of all that was acknowledged before.
 *
 * @throws ApiError VALIDATION_FAILED | CUSTOMER_NOT_FOUND | UNAVAILABLE
 */
export async function findCustomer(
  reads: Reads,
  environmentId: string,
  id: string,
): Promise<{
  readonly environmentId: string;
  readonly customerId: string;
  readonly customer: CustomerFacts;
}> {
  const customerId = parseCustomerId(id);
  const lane = reads.laneOf(environmentId, customerId);
  const { value, position } = await reads.ofLane(lane, 'strong', () =>
    readCustomer(reads.pool, { lane, environmentId, customerId }),
  );
  const { customer } = value;
  if (customer === undefined) throw unknownCustomer(customerId, 'strong', position);
  return { environmentId, customerId, customer };
}
