import type { Delta } from './options.js';
import { timeText } from './query.js';

/** A delta as it is sent; what else the object has is not. */
export function deltaBody(input: Delta): Record<string, unknown> {
  const { adjusts, customerId, delta, idempotencyKey, metadata, occurredAt, reason, referenceId } = input;
  return {
    customerId,
    delta,
    reason,
    ...(referenceId !== undefined && { referenceId }),
    ...(metadata !== undefined && { metadata }),
    ...(adjusts !== undefined && { adjusts }),
    ...(occurredAt !== undefined && { occurredAt: timeText(occurredAt) }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}
