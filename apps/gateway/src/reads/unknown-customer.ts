import { ApiError } from '@pacspace/wire';
import type { Consistency, Standing } from '@pacspace/reads';

/** Strong, and not sure to have seen everything: then nobody can say that there is no such customer. */
export function unknownCustomer(
  customerId: string,
  consistency: Consistency,
  { consistent, behindEnvelopes }: Standing,
): ApiError {
  if (consistency === 'strong' && !consistent) {
    const behind = behindEnvelopes === null ? '' : ` by ${behindEnvelopes} envelopes`;
    const message = `the ledger is behind the log${behind}: whether the customer exists cannot be said yet`;
    return new ApiError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
  }
  return new ApiError('CUSTOMER_NOT_FOUND', `nothing is recorded for the customer ${customerId}`);
}
