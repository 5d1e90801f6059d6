import { laneOf } from '@pacspace/domain';
import { type CustomerFacts, type LedgerPosition, readCustomer } from '@pacspace/ledger';
import type { DeltaLog } from '@pacspace/log';
import type { ConsistentReads } from '@pacspace/reads';
import type { Gate } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';

/** What comparing stands on. */
export interface CompareTools {
  readonly log: DeltaLog;
  /** See createReadPool. */
  readonly reads: pg.Pool;
  /** What is committed through it waits for the disk: nothing could make a report again. */
  readonly writers: pg.Pool;
  readonly consistent: ConsistentReads;
  /** What may read many entries passes here, few at a time. */
  readonly large: Gate;
  /** Wall clock, ms. */
  readonly now: () => number;
}

/**
 * A customer with all that was acknowledged before this was called.
 *
 * @throws ApiError CUSTOMER_NOT_FOUND; UNAVAILABLE when the ledger does not come that far in time.
 */
export async function readWholeCustomer(
  { log, reads, consistent }: CompareTools,
  { environmentId, customerId }: { readonly environmentId: string; readonly customerId: string },
): Promise<{ readonly customer: CustomerFacts; readonly position: LedgerPosition }> {
  const lane = laneOf(environmentId, customerId, log.lanes);
  const read = await consistent.read([lane], 'strong', async () => {
    const value = await readCustomer(reads, { lane, environmentId, customerId });
    return { value, positions: [value.position] };
  });
  assertConsistent(read);
  const { customer, position } = read.value;
  if (customer !== undefined) return { customer, position };
  throw new ApiError('CUSTOMER_NOT_FOUND', `nothing is recorded for the customer ${customerId}`);
}

/** A report is kept for ever, so it is not made of a ledger that is behind. */
export function assertConsistent(read: {
  readonly consistent: boolean;
  readonly behindEnvelopes: number | null;
}): void {
  if (read.consistent) return;
  const behind = read.behindEnvelopes === null ? '' : ` by ${read.behindEnvelopes} envelopes`;
  const message = `the ledger is behind the log${behind}: a report would not hold all that was acknowledged`;
  throw new ApiError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
}
