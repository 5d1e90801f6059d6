import type { FastifyReply } from 'fastify';
import type { Principal } from '../auth/principal.js';
import { rateFields } from './rate-fields.js';
import type { Payer, RateLimits } from './rate-limits.js';

/** Undefined: the plan sets the key no rate. */
export function payerOf({ keyId, rate }: Principal): Payer | undefined {
  return rate === null ? undefined : { keyId, rate };
}

/**
 * Charges a request, or more of it, and puts on its answer where the key stands then.
 *
 * @throws ApiError RATE_LIMITED
 */
export function chargeRequest(
  rates: RateLimits,
  principal: Principal,
  { cost, reply }: { readonly cost: number; readonly reply: FastifyReply },
): void {
  const payer = payerOf(principal);
  if (payer === undefined) return;
  try {
    if (cost > 0) rates.charge(payer, cost);
  } finally {
    for (const [name, value] of rateFields(payer.rate, rates.standing(payer))) reply.header(name, value);
  }
}
