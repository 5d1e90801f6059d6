import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNats, type TestNats } from '@pacspace/testing';
import {
  DEAD_LETTERS_STREAM,
  type DeltaEvents,
  EVENTS_STREAM,
  HEADER_DEAD_REASON,
  HEADER_DEAD_SEQUENCE,
} from '@pacspace/wire';
import { connectLog } from './connect.js';
import { publishDeadLetter } from './dead-letter.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { lastToldSequence, publishEvents } from './lane-events.js';
import type { LoggedMessage } from './lane-reader.js';

let server: TestNats;
let log: DeltaLog;

beforeAll(async () => {
  server = await startNats();
  log = await openDeltaLog(await connectLog({ url: server.url, name: 'events test' }), { lanes: 4 });
});

afterAll(async () => {
  await log.connection.close();
  await server.stop();
});

const events = (lane: number, afterSequence: number, throughSequence: number): DeltaEvents => ({
  v: 1,
  lane,
  afterSequence,
  throughSequence,
  verified: [
    { environmentId: 'e', customerId: 'ünï', firstIndex: 0, recordKeys: ['a'.repeat(32)], created: true },
  ],
  failed: [],
});

async function messagesIn(stream: string): Promise<number> {
  return (await log.manager.streams.info(stream)).state.messages;
}

describe('a lane’s events', () => {
  it('have been told up to 0 before the first, and then up to where the last ended', async () => {
    expect(await lastToldSequence(log, 0)).toBe(0);
    await publishEvents(log, events(0, 0, 7));
    expect(await lastToldSequence(log, 0)).toBe(7);
    await publishEvents(log, events(1, 0, 3));
    await publishEvents(log, events(0, 7, 12));
    expect(await Promise.all([0, 1, 2].map((lane) => lastToldSequence(log, lane)))).toEqual([12, 3, 0]);
  });

  it('are told once, however often the same range is published', async () => {
    const before = await messagesIn(EVENTS_STREAM);
    for (let times = 0; times < 3; times += 1) await publishEvents(log, events(2, 0, 5));
    expect(await messagesIn(EVENTS_STREAM)).toBe(before + 1);
    await publishEvents(log, events(3, 0, 5));
    await publishEvents(log, events(2, 5, 6));
    expect(await messagesIn(EVENTS_STREAM)).toBe(before + 3);
  });

  it('are there as they were told', async () => {
    const told = events(2, 6, 9);
    await publishEvents(log, told);
    const stored = await log.manager.streams.getMessage(EVENTS_STREAM, { last_by_subj: 'events.2' });
    expect(stored!.json()).toEqual(told);
  });

  it('are refused with the reason when a turn’s events are more than the server takes in one message', async () => {
    const many = events(3, 5, 6);
    const recordKeys = new Array<string>(300_000).fill('a'.repeat(32));
    const verified = [{ ...many.verified[0]!, recordKeys }];
    await expect(publishEvents(log, { ...many, verified })).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});

describe('a dead letter', () => {
  const message: LoggedMessage = {
    sequence: 41,
    recordedAtMs: 0,
    payload: 'not an envelope \0 ü',
    traceparent: undefined,
  };

  it('is kept as it came, with the reason and its place, once', async () => {
    const reason = 'NOT_JSON: the message is\nnot “JSON”';
    await publishDeadLetter(log, { lane: 2, message, reason });
    await publishDeadLetter(log, { lane: 2, message, reason });
    expect(await messagesIn(DEAD_LETTERS_STREAM)).toBe(1);
    const stored = await log.manager.streams.getMessage(DEAD_LETTERS_STREAM, {
      last_by_subj: 'dead.deltas.2',
    });
    expect(stored!.string()).toBe(message.payload);
    // A header holds one line of ASCII.
    expect(stored!.header.get(HEADER_DEAD_REASON)).toBe('NOT_JSON: the message is?not ?JSON?');
    expect(stored!.header.get(HEADER_DEAD_SEQUENCE)).toBe('41');
  });

  it('is kept apart from the next one, and from the same place in another lane', async () => {
    await publishDeadLetter(log, {
      lane: 2,
      message: { ...message, sequence: 42 },
      reason: 'x'.repeat(10_000),
    });
    await publishDeadLetter(log, { lane: 3, message, reason: 'x' });
    expect(await messagesIn(DEAD_LETTERS_STREAM)).toBe(3);
    const stored = await log.manager.streams.getMessage(DEAD_LETTERS_STREAM, {
      last_by_subj: 'dead.deltas.2',
    });
    expect(stored!.header.get(HEADER_DEAD_REASON)).toHaveLength(500);
  });
});
