import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { startFaultProxy, startNats } from '@pacspace/testing';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { LogError } from './errors.js';
import { LaneReader } from './lane-reader.js';
import { publishEnvelope } from './publish.js';

const LANES = 2;
const LANE = 1;

/** A small generator of its own, so that a seed in a failure's message gives the same faults again (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function open(url: string, name: string): Promise<DeltaLog & AsyncDisposable> {
  const connection = await connectLog({ url, name });
  const log = await openDeltaLog(connection, { lanes: LANES });
  return { ...log, [Symbol.asyncDispose]: () => connection.close() };
}

/** How often each kind of failure was seen: a series of faults that never hurt would prove nothing. */
const failures = new Map<string, number>();

/**
 * A projector in miniature: what it has taken it "commits" by moving its watermark, and whenever the reader fails it
 * begins again there. Ends when `count` envelopes are in.
 */
async function project(log: DeltaLog, count: number, beforeTurn: () => void): Promise<string[]> {
  const committed: string[] = [];
  let watermark = 0;
  while (committed.length < count) {
    try {
      const reader = await LaneReader.open(log, LANE, watermark);
      try {
        while (committed.length < count) {
          beforeTurn();
          const { messages, ack } = await reader.next(64 * 1024, 500);
          for (const { sequence, payload } of messages) {
            expect(sequence).toBeGreaterThan(watermark);
            watermark = sequence;
            committed.push(payload);
          }
          ack();
        }
      } finally {
        await reader.close();
      }
    } catch (error) {
      expect(error).toBeInstanceOf(LogError);
      const { code } = error as LogError;
      expect(code).toMatch(/^(READ_GAP|READER_REPLACED|UNAVAILABLE)$/);
      failures.set(code, (failures.get(code) ?? 0) + 1);
      await sleep(50);
    }
  }
  return committed;
}

/** Sizes differ, so that cuts fall into messages as well as between them. */
function makePayloads(count: number, random: () => number): string[] {
  return Array.from({ length: count }, (_, n) => `${n} ${'.'.repeat(Math.floor(random() ** 3 * 60_000))}`);
}

async function publishAll(log: DeltaLog, payloads: readonly string[]): Promise<void> {
  for (const [n, payload] of payloads.entries()) {
    await publishEnvelope(log, { lane: LANE, publishId: randomUUID(), payload }, 60_000);
    if (n % 10 !== 0) continue;
    await publishEnvelope(log, { lane: 0, publishId: randomUUID(), payload: 'another lane' }, 60_000);
  }
}

describe('a reader whose connection is cut again and again', () => {
  it.each([1, 2, 3, 4])('reads the lane whole, each envelope once (seed %i)', async (seed) => {
    const random = randomFrom(seed);
    await using server = await startNats();
    await using proxy = await startFaultProxy(server.url);
    await using direct = await open(server.url, 'publisher');
    await using spoiled = await open(proxy.url, 'reader');

    const payloads = makePayloads(250, random);
    const cuts = new Set(Array.from({ length: 6 }, () => Math.floor(random() * 25)));
    let turns = 0;
    const projecting = project(spoiled, payloads.length, () => {
      // At once, or while the server is in the middle of delivering.
      if (cuts.has(turns)) setTimeout(() => proxy.cut(), random() * 20);
      turns += 1;
    });
    await publishAll(direct, payloads);
    expect(await projecting).toEqual(payloads);
    expect(failures.get('READ_GAP')).toBeGreaterThanOrEqual(seed);
  });

  it('does not wait for the next envelope, nor for ack_wait, when the last one was lost on the way', async () => {
    await using server = await startNats();
    await using proxy = await startFaultProxy(server.url);
    await using direct = await open(server.url, 'publisher');
    await using spoiled = await open(proxy.url, 'reader');

    const reader = await LaneReader.open(spoiled, LANE, 0);
    await publishAll(direct, ['first']);
    expect((await reader.next(1, 5_000)).messages).toHaveLength(1);
    proxy.pause();
    await publishAll(direct, ['last']);
    await sleep(100); // it is on the way now, and held by the proxy
    proxy.cut();
    proxy.resume();
    // Nothing more is published, and after ack_wait it would be delivered again instead.
    await expect(readUntilFailure(reader)).resolves.toMatchObject({ code: 'READ_GAP' });
    await reader.close();
    expect(await project(spoiled, 2, () => undefined)).toEqual(['first', 'last']);
  });

  it('hears that it was replaced while it was cut off', async () => {
    await using server = await startNats();
    await using proxy = await startFaultProxy(server.url);
    await using direct = await open(server.url, 'other reader');
    await using spoiled = await open(proxy.url, 'reader');

    await publishAll(direct, ['0', '1', '2', '3']);
    const first = await LaneReader.open(spoiled, LANE, 0);
    const { messages } = await first.next(1, 5_000);
    expect(messages.map(({ payload }) => payload)).toEqual(['0']);
    await proxy.refuse();
    const second = await LaneReader.open(direct, LANE, messages[0]!.sequence);
    expect((await second.next(1, 5_000)).messages.map(({ payload }) => payload)).toEqual(['1']);
    await proxy.accept();
    await publishAll(direct, ['4', '5', '6']);
    // What it had already received is still its to give; after that nothing but the failure.
    await expect(readUntilFailure(first)).resolves.toBeInstanceOf(LogError);
    await Promise.all([first.close(), second.close()]);
  });
});

async function readUntilFailure(reader: LaneReader): Promise<unknown> {
  try {
    for (;;) await reader.next(1, 500);
  } catch (error) {
    return error;
  }
}

describe('a reader whose server is killed', () => {
  it('reads everything that was acknowledged, in order, each envelope once', async () => {
    await using server = await startNats();
    await using publisher = await open(server.url, 'publisher');
    await using log = await open(server.url, 'reader');

    const payloads = makePayloads(300, randomFrom(7));
    const projecting = project(log, payloads.length, () => undefined);
    const publishing = publishAll(publisher, payloads);
    for (let kills = 0; kills < 2; kills += 1) {
      await sleep(300);
      await server.kill();
      await server.start();
    }
    await publishing;
    expect(await projecting).toEqual(payloads);
  });
});
