import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startFaultProxy, startNats, type TestNats, waitFor } from '@pacspace/testing';
import { DELTAS_STREAM } from '@pacspace/wire';
import { connectLog } from './connect.js';
import { type DeltaLog, openDeltaLog } from './delta-log.js';
import { countEnvelopes } from './lane-counts.js';
import { readEnvelopeAt } from './lane-events.js';
import { publishEnvelope } from './publish.js';

const LANES = 4;

describe('publishEnvelope', () => {
  let server: TestNats;
  let log: DeltaLog;

  beforeAll(async () => {
    server = await startNats();
    log = await openDeltaLog(await connectLog({ url: server.url, name: 'publish test' }), { lanes: LANES });
  });

  afterAll(async () => {
    await log.connection.close();
    await server.stop();
  });

  it('resolves with the place in the log at which the envelope can be read', async () => {
    const payload = '{"v":1,"reason":"ünï ☃ 😀"}';
    const first = await publishEnvelope(log, { lane: 2, publishId: 'a-1', payload }, 5_000);
    const second = await publishEnvelope(log, { lane: 2, publishId: 'a-2', payload: 'b' }, 5_000);
    expect(second).toBeGreaterThan(first);
    expect(await readEnvelopeAt(log, 2, first)).toBe(payload);
    expect(await readEnvelopeAt(log, 1, first)).toBeUndefined();
    expect(await readEnvelopeAt(log, 2, second + 1_000)).toBeUndefined();
    expect(await countEnvelopes(log)).toEqual([0, 0, 2, 0]);
  });

  it('stores an envelope once, however often it is published under its id', async () => {
    const envelope = { lane: 3, publishId: 'again', payload: 'x' };
    const sequences = [
      await publishEnvelope(log, envelope, 5_000),
      await publishEnvelope(log, envelope, 5_000),
      ...(await Promise.all([publishEnvelope(log, envelope, 5_000), publishEnvelope(log, envelope, 5_000)])),
    ];
    expect(new Set(sequences).size).toBe(1);
    expect((await countEnvelopes(log))[3]).toBe(1);
  });

  it('refuses at once, and names the limit, what the server never takes', async () => {
    const limit = log.connection.info!.max_payload;
    const big = { lane: 0, publishId: 'big', payload: 'x'.repeat(limit) };
    // Longer than the test may take.
    const tooLarge = publishEnvelope(log, big, 3_600_000);
    await expect(tooLarge).rejects.toMatchObject({
      code: 'TOO_LARGE',
      message: expect.stringContaining(`${limit} bytes`),
    });
    // Nobody else's work on the connection is disturbed.
    await publishEnvelope(log, { lane: 0, publishId: 'small', payload: 'x' }, 5_000);
    expect((await countEnvelopes(log))[0]).toBe(1);
  });

  it('stores once an envelope whose acknowledgement was lost with the connection', async () => {
    await using proxy = await startFaultProxy(server.url);
    const spoiled = await openDeltaLog(await connectLog({ url: proxy.url, name: 'spoiled' }), {
      lanes: LANES,
    });
    const before = await countEnvelopes(log);
    proxy.delay(400);
    const publishing = publishEnvelope(spoiled, { lane: 1, publishId: 'cut', payload: 'x' }, 20_000);
    // The server has it; the acknowledgement is on its slow way back.
    await waitFor(async () => (await countEnvelopes(log))[1] === before[1]! + 1, { everyMs: 5 });
    proxy.cut();
    proxy.delay(0);
    const sequence = await publishing;
    expect(await readEnvelopeAt(log, 1, sequence)).toBe('x');
    expect((await countEnvelopes(log))[1]).toBe(before[1]! + 1);
    await spoiled.connection.close();
  });

  it('gives up after its time when the server does not answer, and works again when it does', async () => {
    await using proxy = await startFaultProxy(server.url);
    const spoiled = await openDeltaLog(await connectLog({ url: proxy.url, name: 'silent' }), {
      lanes: LANES,
    });
    proxy.pause();
    const publishing = publishEnvelope(spoiled, { lane: 1, publishId: 'silent-1', payload: 'x' }, 700);
    await expect(publishing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    proxy.resume();
    await publishEnvelope(spoiled, { lane: 1, publishId: 'silent-2', payload: 'y' }, 10_000);
    await spoiled.connection.close();
  });
});

describe('publishEnvelope, when the server stops', () => {
  it('is UNAVAILABLE meanwhile, and keeps what was acknowledged', async () => {
    await using server = await startNats();
    const statuses: string[] = [];
    const connection = await connectLog({
      url: server.url,
      name: 'stop test',
      onStatus: (type) => statuses.push(type),
    });
    const log = await openDeltaLog(connection, { lanes: LANES });
    const kept: number[] = [];
    const ends = [() => server.stop(), () => server.kill()];
    for (const [round, end] of ends.entries()) {
      for (let n = 0; n < 20; n += 1) {
        const envelope = { lane: 1, publishId: `${round}-${n}`, payload: `${round}-${n}` };
        kept.push(await publishEnvelope(log, envelope, 10_000));
      }
      await end();
      const refused = publishEnvelope(log, { lane: 1, publishId: `away-${round}`, payload: 'away' }, 500);
      await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await server.start();
      // Tried again under the same id, whether or not the first attempt reached the log after all.
      kept.push(await publishEnvelope(log, { lane: 1, publishId: `away-${round}`, payload: 'away' }, 15_000));
    }
    expect((await countEnvelopes(log))[1]).toBe(42);
    expect(new Set(kept).size).toBe(42);
    for (const [place, sequence] of kept.entries()) {
      const round = Math.floor(place / 21);
      const n = place % 21;
      // A server that has just come back may let a question go unanswered.
      const payload = await waitFor(() => readEnvelopeAt(log, 1, sequence), { timeoutMs: 20_000 });
      expect(payload).toBe(n === 20 ? 'away' : `${round}-${n}`);
    }
    expect(statuses).toEqual(expect.arrayContaining(['disconnect', 'reconnect']));
    await connection.close();
  });

  it('holds an envelope over a short absence', async () => {
    await using server = await startNats();
    const log = await openDeltaLog(await connectLog({ url: server.url, name: 'restart test' }), {
      lanes: LANES,
    });
    await server.stop();
    const publishing = publishEnvelope(log, { lane: 0, publishId: 'waits', payload: 'x' }, 30_000);
    await sleep(300);
    await server.start();
    expect(await readEnvelopeAt(log, 0, await publishing)).toBe('x');
    expect((await log.manager.streams.info(DELTAS_STREAM)).state.messages).toBe(1);
    await log.connection.close();
  });

  it('refuses when the disk that the log may use is full, and goes on with what it has', async () => {
    await using server = await startNats({ maxStoreBytes: 4 * 1024 * 1024 });
    const log = await openDeltaLog(await connectLog({ url: server.url, name: 'full test' }), {
      lanes: LANES,
    });
    const payload = 'x'.repeat(500_000);
    let stored = 0;
    let failure: unknown;
    while (failure === undefined && stored < 100) {
      await publishEnvelope(log, { lane: 0, publishId: `${stored}`, payload }, 300).then(
        () => (stored += 1),
        (error: unknown) => (failure = error),
      );
    }
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' });
    expect(stored).toBeGreaterThan(3);
    expect((await countEnvelopes(log))[0]).toBe(stored);
    expect(await readEnvelopeAt(log, 0, stored)).toBe(payload);
    await log.connection.close();
  });
});
