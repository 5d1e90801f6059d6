import type { DirectMsgRequest, StoredMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import {
  DELTAS_STREAM,
  type DeltaEvents,
  deltasSubject,
  EVENTS_STREAM,
  eventsSubject,
  HEADER_TRACEPARENT,
} from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';
import { toPublishError } from './publish-error.js';

/**
 * Tells what became of a turn's deltas. The id makes a repeated publish of the same range harmless.
 *
 * @param traceparent of the turn, for whoever acts on the events.
 * @throws LogError UNAVAILABLE | TOO_LARGE
 */
export async function publishEvents(log: DeltaLog, events: DeltaEvents, traceparent?: string): Promise<void> {
  const map = headers();
  if (traceparent !== undefined) map.set(HEADER_TRACEPARENT, traceparent);
  try {
    await log.client.publish(eventsSubject(events.lane), JSON.stringify(events), {
      msgID: `events-${events.lane}-${events.afterSequence}-${events.throughSequence}`,
      ...(traceparent !== undefined && { headers: map }),
    });
  } catch (cause) {
    throw toPublishError(log, 'the events', cause);
  }
}

/**
 * The log sequence up to which the lane's events have been told; 0 before the first.
 *
 * @throws LogError UNAVAILABLE
 */
export async function lastToldSequence(log: DeltaLog, lane: number): Promise<number> {
  const message = await getMessage(log, EVENTS_STREAM, { last_by_subj: eventsSubject(lane) });
  return message === null ? 0 : message.json<DeltaEvents>().throughSequence;
}

/**
 * One stored envelope, by its log sequence; undefined when the lane has none there.
 *
 * @throws LogError UNAVAILABLE
 */
export async function readEnvelopeAt(
  log: DeltaLog,
  lane: number,
  sequence: number,
): Promise<string | undefined> {
  const message = await getMessage(log, DELTAS_STREAM, { seq: sequence });
  return message?.subject === deltasSubject(lane) ? message.string() : undefined;
}

async function getMessage(log: DeltaLog, stream: string, query: DirectMsgRequest): Promise<StoredMsg | null> {
  try {
    return await log.manager.direct.getMessage(stream, query);
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `the log does not answer: ${String(cause)}`, { cause });
  }
}
