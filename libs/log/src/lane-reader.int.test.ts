import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import { startNats, type TestNats, waitFor } from '@pacspace/testing';
import { DELTAS_STREAM, deltasSubject, projectorConsumer } from '@pacspace/wire';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { LaneReader, type LoggedMessage } from './lane-reader.js';
import { publishEnvelope } from './publish.js';

/** Each test has a lane of its own, in one stream. */
const LANES = 64;
const MEBIBYTE = 1024 * 1024;

let server: TestNats;
let connection: NatsConnection;
let log: DeltaLog;
let lane = 0;

beforeAll(async () => {
  server = await startNats();
  connection = await connectLog({ url: server.url, name: 'lane-reader test' });
  log = await openDeltaLog(connection, { lanes: LANES });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
});

const nextLane = (): number => (lane += 1);

async function publish(to: number, payload: string, traceparent?: string): Promise<number> {
  return await publishEnvelope(log, { lane: to, publishId: randomUUID(), payload, traceparent }, 5_000);
}

async function publishMany(to: number, payloads: readonly string[]): Promise<number[]> {
  const sequences: number[] = [];
  for (let i = 0; i < payloads.length; i += 200) {
    const group = payloads.slice(i, i + 200).map((payload) => log.client.publish(deltasSubject(to), payload));
    sequences.push(...(await Promise.all(group)).map((ack) => ack.seq));
  }
  return sequences;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `#${n}`);

/** Reads until `count` messages have come; a turn that brings none fails the test. */
async function readAll(reader: LaneReader, count: number, maxBytes = MEBIBYTE): Promise<LoggedMessage[]> {
  const all: LoggedMessage[] = [];
  while (all.length < count) {
    // Longer than a test may take: a reader that waited for more than has come would be noticed.
    const { messages, ack } = await reader.next(maxBytes, 3_600_000);
    expect(messages.length).toBeGreaterThan(0);
    all.push(...messages);
    ack();
  }
  return all;
}

async function consumersOf(of: number): Promise<{ name: string; delivered: number; ackFloor: number }[]> {
  const found: { name: string; delivered: number; ackFloor: number }[] = [];
  for await (const info of log.manager.consumers.list(DELTAS_STREAM)) {
    if (!info.name.startsWith(`${projectorConsumer(of)}-`)) continue;
    found.push({
      name: info.name,
      delivered: info.delivered.consumer_seq,
      ackFloor: info.ack_floor.stream_seq,
    });
  }
  return found;
}

async function waitUntilDelivered(of: number, count: number): Promise<void> {
  await waitFor(async () => (await consumersOf(of))[0]?.delivered === count);
}

describe('a lane’s reader', () => {
  it('gives its own lane’s messages, all of them, in log order, as they were published', async () => {
    const own = nextLane();
    const other = nextLane();
    const expected: [number, string][] = [];
    for (let n = 0; n < 60; n += 1) {
      expected.push([await publish(own, `own ${n}`), `own ${n}`]);
      await publish(other, `other ${n}`);
    }
    const reader = await LaneReader.open(log, own, 0);
    const read = await readAll(reader, 60);
    expect(read.map(({ sequence, payload }) => [sequence, payload])).toEqual(expected);
    expect(await reader.next(MEBIBYTE, 50)).toMatchObject({ messages: [] });
    await reader.close();
  });

  it('begins just after any sequence, whether or not the message there is of its lane', async () => {
    const own = nextLane();
    const other = nextLane();
    const mine: number[] = [];
    const all: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      mine.push(await publish(own, 'x'));
      all.push(mine.at(-1)!, await publish(other, 'y'));
    }
    for (const after of all) {
      const due = mine.filter((sequence) => sequence > after);
      const reader = await LaneReader.open(log, own, after);
      expect((await readAll(reader, due.length)).map(({ sequence }) => sequence)).toEqual(due);
      await reader.close();
    }
  });

  it('gives the log’s own time and the envelope’s trace', async () => {
    const own = nextLane();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const sequence = await publish(own, 'traced', traceparent);
    await publish(own, 'not traced');
    const stored = await log.manager.streams.getMessage(DELTAS_STREAM, { seq: sequence });
    const reader = await LaneReader.open(log, own, 0);
    const [traced, untraced] = await readAll(reader, 2);
    expect(traced).toMatchObject({ sequence, payload: 'traced', traceparent });
    // The server's stamp has nanoseconds; cut, not rounded.
    expect(new Date(traced!.recordedAtMs).toISOString()).toBe(`${stored!.timestamp.slice(0, 23)}Z`);
    expect(untraced?.traceparent).toBeUndefined();
    await reader.close();
  });

  it('hands over what has arrived at once, however much it was, and does not wait for more', async () => {
    const own = nextLane();
    const reader = await LaneReader.open(log, own, 0);
    for (const count of [1, 2, 8, 9, 31, 32, 33, 64, 100, 500, 1]) {
      await publishMany(own, numbered(count));
      expect(await readAll(reader, count)).toHaveLength(count);
    }
    await reader.close();
  });

  it('loses nothing when a wait runs out', async () => {
    const own = nextLane();
    const reader = await LaneReader.open(log, own, 0);
    const read: string[] = [];
    for (let n = 0; n < 20; n += 1) {
      const publishing = publish(own, `${n}`);
      // Waits of 0 to 4 ms run out just before, while, or just after the message comes.
      read.push(...(await reader.next(MEBIBYTE, n % 5)).messages.map(({ payload }) => payload));
      await publishing;
    }
    const rest = await readAll(reader, 20 - read.length);
    expect([...read, ...rest.map(({ payload }) => payload)]).toEqual(
      Array.from({ length: 20 }, (_, n) => `${n}`),
    );
    await reader.close();
  });

  it('ends a turn at about the bytes that were asked for, and always gives at least one message', async () => {
    const own = nextLane();
    const payloads = Array.from({ length: 40 }, (_, n) =>
      String(n % 10).repeat(n % 7 === 0 ? 30_000 : 1_000),
    );
    await publishMany(own, payloads);
    const reader = await LaneReader.open(log, own, 0);
    await waitUntilDelivered(own, 40);
    const read: string[] = [];
    while (read.length < payloads.length) {
      const turn = (await reader.next(10_000, 2_000)).messages.map(({ payload }) => payload);
      const before = turn.slice(0, -1).reduce((sum, payload) => sum + payload.length, 0);
      expect(turn.length).toBeGreaterThan(0);
      expect(before).toBeLessThan(10_000);
      read.push(...turn);
    }
    expect(read).toEqual(payloads);
    await reader.close();
  });

  it('reads a backlog far larger than it may hold in memory', async () => {
    const own = nextLane();
    const large = Array.from({ length: 40 }, (_, n) => String(n).padStart(512 * 1024, '.'));
    await publishMany(own, [...large, ...numbered(3_000)]);
    const reader = await LaneReader.open(log, own, 0);
    await waitFor(async () => (await consumersOf(own))[0]!.delivered >= 8);
    await new Promise((resolve) => setTimeout(resolve, 300));
    // 20 MiB are stored, and nobody has read yet.
    expect((await consumersOf(own))[0]!.delivered).toBeLessThanOrEqual(24);
    const read = await readAll(reader, 3_040, 4 * MEBIBYTE);
    expect(read.map(({ payload }) => payload)).toEqual([...large, ...numbered(3_000)]);
    await reader.close();
  });

  it('reads a message as large as the server takes', async () => {
    const own = nextLane();
    const largest = 'x'.repeat(connection.info!.max_payload - 200);
    await publish(own, largest);
    await publish(own, 'small');
    const reader = await LaneReader.open(log, own, 0);
    const read = await readAll(reader, 2);
    expect(read.map(({ payload }) => payload.length)).toEqual([largest.length, 5]);
    await reader.close();
  });

  it('acknowledges a turn as a whole', async () => {
    const own = nextLane();
    const sequences = await publishMany(own, numbered(30));
    const reader = await LaneReader.open(log, own, 0);
    await waitUntilDelivered(own, 30);
    const { messages, ack } = await reader.next(30, 2_000);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.length).toBeLessThan(30);
    ack();
    const last = messages.at(-1)!.sequence;
    await waitFor(async () => (await consumersOf(own))[0]?.ackFloor === last);
    expect(sequences).toContain(last);
    await reader.close();
  });

  it('ends a wait when it is closed, and leaves no consumer behind', async () => {
    const own = nextLane();
    const reader = await LaneReader.open(log, own, 0);
    const waiting = reader.next(MEBIBYTE, 20_000);
    await reader.close();
    expect(await waiting).toMatchObject({ messages: [] });
    await waitFor(async () => (await consumersOf(own)).length === 0);
    await reader.close();
  });

  it('says that it is cut off, not that nothing came, when the connection is closed for good', async () => {
    const own = nextLane();
    const short = await connectLog({ url: server.url, name: 'short-lived' });
    const reader = await LaneReader.open(await openDeltaLog(short, { lanes: LANES }), own, 0);
    const { ack } = await reader.next(MEBIBYTE, 10);
    await short.close();
    await expect(reader.next(MEBIBYTE, 10_000)).rejects.toMatchObject({ code: 'READ_GAP' });
    ack();
    await reader.close();
    await expect(LaneReader.open({ ...log, connection: short }, own, 0)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});

describe('two readers of one lane', () => {
  it('leave the lane to the later one; the earlier one is told', async () => {
    const own = nextLane();
    await publishMany(own, numbered(5));
    const first = await LaneReader.open(log, own, 0);
    expect(await readAll(first, 5)).toHaveLength(5);
    const second = await LaneReader.open(log, own, 0);
    await expect(first.next(MEBIBYTE, 10_000)).rejects.toMatchObject({ code: 'READER_REPLACED' });
    await publish(own, '#5');
    expect((await readAll(second, 6)).map(({ payload }) => payload)).toEqual(numbered(6));
    await expect(first.next(MEBIBYTE, 0)).rejects.toMatchObject({ code: 'READER_REPLACED' });
    await Promise.all([first.close(), second.close()]);
  });

  it('never skip, even when the earlier one goes on at the very number that the other is due', async () => {
    const own = nextLane();
    const payloads = Array.from({ length: 30 }, (_, n) => String(n).padStart(MEBIBYTE, '.'));
    const sequences = await publishMany(own, payloads);
    const settle = async (): Promise<number> => {
      let delivered = 0;
      await waitFor(
        async () => {
          const before = delivered;
          delivered = (await consumersOf(own))[0]?.delivered ?? 0;
          return delivered > 0 && delivered === before;
        },
        { everyMs: 200 },
      );
      return delivered;
    };
    // Both hold as much as they may, of other messages but of the same numbers, and ask for more only when read from.
    const first = await LaneReader.open(log, own, 0);
    const firstHolds = await settle();
    const second = await LaneReader.open(log, own, sequences[4]!);
    expect(await settle()).toBe(firstHolds);
    const firstRead = await readUntilItFails(first);
    const secondRead = await readAtLeast(second, 25);
    expect(firstRead.length).toBeGreaterThanOrEqual(firstHolds);
    const numbers = (read: LoggedMessage[]) => read.map(({ payload }) => Number(payload.replaceAll('.', '')));
    expect(numbers(firstRead)).toEqual(Array.from(firstRead, (_, n) => n));
    expect(numbers(secondRead)).toEqual(Array.from(secondRead, (_, n) => n + 5));
    await Promise.all([first.close(), second.close()]);
  });

  it('never skip, even when the earlier one sleeps while it is replaced', async () => {
    const own = nextLane();
    const payloads = numbered(400);
    await publishMany(own, payloads);
    // Whatever either of them has taken when the other comes: what each reads stays an unbroken run of the lane.
    for (const taken of [1, 8, 16, 31, 32, 33, 64]) {
      const first = await LaneReader.open(log, own, 0);
      const firstRead = await readAtLeast(first, taken);
      const from = firstRead[taken - 1]!.sequence;
      const second = await LaneReader.open(log, own, from);
      const secondRead = await readAtLeast(second, 1);
      firstRead.push(...(await readUntilItFails(first)));
      secondRead.push(...(await readAtLeast(second, 20)));
      expect(firstRead.map(({ payload }) => payload)).toEqual(payloads.slice(0, firstRead.length));
      expect(secondRead.map(({ payload }) => payload)).toEqual(
        payloads.slice(taken, taken + secondRead.length),
      );
      await Promise.all([first.close(), second.close()]);
    }
  });
});

async function readAtLeast(reader: LaneReader, count: number): Promise<LoggedMessage[]> {
  const read: LoggedMessage[] = [];
  while (read.length < count) {
    const { messages } = await reader.next(1, 2_000);
    expect(messages).not.toHaveLength(0);
    read.push(...messages);
  }
  return read;
}

async function readUntilItFails(reader: LaneReader): Promise<LoggedMessage[]> {
  const read: LoggedMessage[] = [];
  for (;;) {
    try {
      read.push(...(await reader.next(MEBIBYTE, 100)).messages);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^(READ_GAP|READER_REPLACED)$/) });
      return read;
    }
  }
}
