import { formatTime } from '@pacspace/domain';
import { findDeliveries, listDeliveries, replayEvent, replayRange } from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';
import type { ReplayInput } from './endpoint-schemas.js';
import { parseEventId } from './event-types.js';
import { assertEnabled, findEndpoint, invalid } from './find-endpoint.js';
import { formatDelivery, type PublicDeliveryState, STATES_OF } from './format-delivery.js';
import { type Page, WEBHOOK_LIMITS } from './limits.js';

export interface DeliveryTools {
  readonly pool: pg.Pool;
  /** Wall clock, ms. */
  readonly now: () => number;
}

export interface DeliveryFilter extends Page {
  /** Of one endpoint; else of all of the environment. */
  readonly id?: string | undefined;
  readonly deliveryState?: PublicDeliveryState | undefined;
}

/** The log of deliveries, the latest first. @throws ApiError NOT_FOUND */
export async function listLog(tools: DeliveryTools, environmentId: string, filter: DeliveryFilter) {
  const { limit, offset, deliveryState, id } = filter;
  const endpointNo =
    id === undefined ? undefined : (await findEndpoint(tools.pool, environmentId, id)).number;
  const states = deliveryState && STATES_OF[deliveryState];
  const query = { environmentId, endpointNo, states, limit: limit + 1, offset };
  const found = await listDeliveries(tools.pool, query);
  return {
    deliveries: found.slice(0, limit).map(formatDelivery),
    pagination: { limit, offset, hasMore: found.length > limit },
  };
}

/**
 * Sends an event again, now.
 *
 * @param id to this endpoint alone. @throws ApiError NOT_FOUND
 */
export async function retryEvent(
  tools: DeliveryTools,
  environmentId: string,
  of: { readonly eventId: string; readonly id?: string | undefined },
) {
  const { pool, now } = tools;
  const eventKey = parseEventId(of.eventId);
  const found = eventKey === undefined ? [] : await findDeliveries(pool, environmentId, eventKey);
  if (eventKey === undefined || found.length === 0) {
    throw new ApiError(
      'NOT_FOUND',
      `there is no delivery of an event ${JSON.stringify(of.eventId.slice(0, 64))}`,
    );
  }
  const endpointNo =
    of.id === undefined ? undefined : (await findEndpoint(tools.pool, environmentId, of.id)).number;
  const queued = await replayEvent(pool, { environmentId, eventKey, endpointNo, nowMs: now() });
  if (queued === 0) throw new ApiError('STATE_CONFLICT', 'no enabled webhook has a delivery of this event');
  const after = await findDeliveries(pool, environmentId, eventKey);
  return { eventId: of.eventId, queued, deliveries: after.map(formatDelivery) };
}

/** Sends again to one endpoint: one event, or what a range of time holds. @throws ApiError */
export async function replay(
  tools: DeliveryTools,
  of: { readonly environmentId: string; readonly id: string },
  input: ReplayInput,
) {
  const { environmentId, id } = of;
  const { eventId, since, until, only = 'failed' } = input;
  const endpoint = await findEndpoint(tools.pool, environmentId, id);
  assertEnabled(endpoint);
  if (eventId !== undefined) {
    if (since !== undefined || until !== undefined) throw invalid('eventId', 'excludes since and until');
    const { queued } = await retryEvent(tools, environmentId, { eventId, id });
    return { queued, more: false };
  }
  if (since === undefined) throw invalid('since', 'must be given, or eventId');
  const nowMs = tools.now();
  const { count, nextFromMs } = await replayRange(tools.pool, {
    endpointNo: endpoint.number,
    fromMs: Date.parse(since),
    toMs: until === undefined ? nowMs : Date.parse(until),
    onlyDead: only === 'failed',
    nowMs,
    most: WEBHOOK_LIMITS.replay,
  });
  const next = nextFromMs === undefined ? {} : { nextSince: formatTime(nextFromMs) };
  return { queued: count, more: nextFromMs !== undefined, ...next };
}
