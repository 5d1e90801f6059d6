import type { EndpointRow, EventRow, NewDelivery } from '@pacspace/ledger';
import { composeBody, formatAttempt, listensTo } from '@pacspace/webhooks';
import type { ToldEvent } from './told-event.js';

/** Endpoints by environment. */
export type Listeners = ReadonlyMap<string, readonly EndpointRow[]>;

/**
 * An endpoint hears of what was told since it is there. The clocks of log and data base differ by little; rather once too
 * much than the first event of a new endpoint not at all.
 */
const CLOCK_MARGIN_MS = 5_000;

/** The endpoints that are to be told of an event. One that its owner has disabled wants to hear of nothing. */
export function listenersOf(listeners: Listeners, event: ToldEvent): EndpointRow[] {
  return (listeners.get(event.environmentId) ?? []).filter(
    (endpoint) =>
      endpoint.disabledReason !== 'operator' &&
      listensTo(endpoint.events, event.type) &&
      event.toldAtMs + CLOCK_MARGIN_MS >= endpoint.createdAtMs,
  );
}

export interface Addressing {
  readonly lane: number;
  readonly nowMs: number;
  /** Of the customer, from 1; 0 for what is of none. */
  readonly sequence: number;
  /** Whether the endpoint, which wants order, has not got everything of the customer that came before. */
  readonly isBehind: (endpoint: EndpointRow) => boolean;
}

/** The event as it will be sent, and to whom. What an endpoint cannot get, having been taken off, is dead from the start. */
export function addressEvent(
  event: ToldEvent,
  endpoints: readonly EndpointRow[],
  { lane, nowMs, sequence, isBehind }: Addressing,
): { readonly row: EventRow; readonly deliveries: readonly NewDelivery[] } {
  const { eventKey, type, environmentId, customerId, createdAtMs } = event;
  const tenantId = endpoints[0]?.tenantId ?? '';
  const body = composeBody({
    ...{ eventKey, type, tenantId, environmentId, createdAtMs },
    sequence: customerId === '' ? undefined : sequence,
    data: event.data,
  });
  const deliveries = endpoints.map((endpoint): NewDelivery => {
    const isOrdered = endpoint.ordered && customerId !== '';
    const delivery = { eventKey, endpointNo: endpoint.number, lane, createdAtMs, dueAtMs: nowMs };
    const order = { customerId: isOrdered ? customerId : undefined };
    if (!endpoint.enabled) {
      const line = formatAttempt({
        at: nowMs,
        ms: 0,
        error: `not sent: the webhook is disabled (${endpoint.disabledReason})`,
      });
      return { ...delivery, customerId: undefined, state: 'dead', tries: `${line}\n` };
    }
    return { ...delivery, ...order, state: isOrdered && isBehind(endpoint) ? 'held' : 'waiting', tries: '' };
  });
  return { row: { eventKey, environmentId, customerId, type, sequence, createdAtMs, body }, deliveries };
}
