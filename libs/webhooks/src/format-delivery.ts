import { formatTime } from '@pacspace/domain';
import type { DeliveryState, LoggedDelivery } from '@pacspace/ledger';
import { parseAttempts } from './attempt.js';
import { eventIdOf } from './event-types.js';

/** `status` is a reserved word in what the balance API answers. */
export type PublicDeliveryState = 'pending' | 'delivered' | 'failed';

const PUBLIC_STATES = {
  waiting: 'pending',
  held: 'pending',
  delivered: 'delivered',
  dead: 'failed',
} as const;

export const STATES_OF: Readonly<Record<PublicDeliveryState, readonly DeliveryState[]>> = {
  pending: ['waiting', 'held'],
  delivered: ['delivered'],
  failed: ['dead'],
};

/** A delivery as its log shows it: what was sent, and what each try came to. */
export function formatDelivery(delivery: LoggedDelivery) {
  const { state, finishedAtMs, customerId, sequence } = delivery;
  const tries = parseAttempts(delivery.tries);
  return {
    eventId: eventIdOf(delivery.eventKey),
    event: delivery.type,
    endpointId: delivery.endpointId,
    ...(customerId !== '' && { customerId, customerSequence: sequence }),
    deliveryState: PUBLIC_STATES[state],
    createdAt: formatTime(delivery.createdAtMs),
    ...(finishedAtMs !== undefined && { finishedAt: formatTime(finishedAtMs) }),
    ...(state === 'waiting' && { nextAttemptAt: formatTime(delivery.dueAtMs) }),
    attempts: tries.length,
    tries: tries.map(({ at, ms, code, error, answer }) => ({
      at: formatTime(at),
      durationMs: ms,
      ...(code !== undefined && { responseCode: code }),
      ...(error !== undefined && { error }),
      ...(answer !== undefined && { response: answer }),
    })),
    request: { method: 'POST', url: delivery.url, body: delivery.body },
  };
}
