import { DELTAS_STREAM, EVENTS_STREAM, type DeltaEvents, deltasSubject, eventsSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';

/** Tells what became of a turn's deltas. The id makes a repeated publish of the same range harmless. */
export async function publishEvents(log: DeltaLog, events: DeltaEvents): Promise<void> {
  await log.client.publish(eventsSubject(events.lane), JSON.stringify(events), {
    msgID: `events-${events.lane}-${events.afterSequence}-${events.throughSequence}`,
  });
}

/** The log sequence up to which the lane's events have been told; 0 before the first. */
export async function lastToldSequence(log: DeltaLog, lane: number): Promise<number> {
  const message = await log.manager.direct.getMessage(EVENTS_STREAM, { last_by_subj: eventsSubject(lane) });
  return message === null ? 0 : message.json<DeltaEvents>().throughSequence;
}

/** One stored envelope, by its log sequence; undefined when the lane has none there. */
export async function readEnvelopeAt(
  log: DeltaLog,
  lane: number,
  sequence: number,
): Promise<string | undefined> {
  const message = await log.manager.direct.getMessage(DELTAS_STREAM, { seq: sequence });
  return message?.subject === deltasSubject(lane) ? message.string() : undefined;
}
