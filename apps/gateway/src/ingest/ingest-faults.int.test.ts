import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectLog, openDeltaLog, readEnvelopeAt } from '@pacspace/log';
import {
  spawnGateway,
  startPostgres,
  type TestAnswer,
  type TestGateway,
  type TestServer,
  waitFor,
} from '@pacspace/testing';
import { decodeEnvelope } from '@pacspace/wire';

const GOOD = { customerId: 'acme', delta: 1, reason: 'calls' };

let gateway: TestGateway;
let postgres: TestServer;

beforeEach(async () => {
  postgres = await startPostgres({ fsync: false });
  gateway = await spawnGateway({ databaseUrl: postgres.url });
}, 60_000);

afterEach(async () => {
  await gateway.stop();
  await postgres.stop();
});

const emit = (changes: object = {}, headers?: Record<string, string>): Promise<TestAnswer> =>
  gateway.post('/api/v1/balance/delta', { ...GOOD, ...changes }, headers);
const health = async (path = ''): Promise<TestAnswer> => gateway.get(`/health${path}`);

/** Record ids of every delta in the log, each as often as it is there. */
async function readLog(): Promise<string[]> {
  const log = await openDeltaLog(await connectLog({ url: gateway.nats.url, name: 'test' }), { lanes: 4 });
  const { state } = await log.manager.streams.info('DELTAS');
  const ids: string[] = [];
  for (let sequence = 1; sequence <= state.last_seq; sequence += 1) {
    for (let lane = 0; lane < 4; lane += 1) {
      const envelope = await readEnvelopeAt(log, lane, sequence);
      if (envelope === undefined) continue;
      ids.push(...decodeEnvelope(envelope).deltas.map((delta) => `rec_${delta.recordKey}`));
    }
  }
  await log.connection.close();
  return ids;
}

describe('a log that goes away', () => {
  it('is answered with 503, never with 2xx, and served again without help when it is back', async () => {
    expect((await emit()).status).toBe(201);
    await gateway.nats.kill();
    const answers = await Promise.all([emit(), emit(), emit({}, { 'idempotency-key': 'k' })]);
    for (const answer of answers) {
      expect([answer.status, answer.body.error.code]).toEqual([503, 'UNAVAILABLE']);
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect((await health()).body.state).toBe('degraded');
    expect((await health('/live')).status).toBe(200);
    const batch = await gateway.post('/api/v1/balance/delta/batch', { deltas: [GOOD, GOOD] });
    expect([batch.status, batch.body.error.code]).toEqual([503, 'UNAVAILABLE']);
    await waitFor(async () => (await health('/ready')).status === 503, { timeoutMs: 15_000 });

    await gateway.nats.start();
    const again = await waitFor(async () => {
      const answer = await emit({}, { 'idempotency-key': 'k' });
      return answer.status === 201 ? answer : undefined;
    });
    await waitFor(async () => (await health('/ready')).status === 200);
    expect((await emit()).status).toBe(201);
    // Whether or not the attempt that failed was stored after all: one record.
    expect(new Set((await readLog()).filter((id) => id === again.body.data.recordId)).size).toBe(1);
  }, 60_000);

  it('loses nothing that was acknowledged when it is killed under load', async () => {
    const acknowledged: string[] = [];
    let on = true;
    const producer = async (): Promise<void> => {
      while (on) {
        const answer = await emit();
        if (answer.status === 201) acknowledged.push(answer.body.data.recordId);
        else expect(answer.status).toBe(503);
      }
    };
    const producers = Array.from({ length: 16 }, producer);
    await waitFor(() => acknowledged.length > 200);
    await gateway.nats.kill();
    const before = acknowledged.length;
    await gateway.nats.start();
    await waitFor(() => acknowledged.length > before + 200);
    on = false;
    await Promise.all(producers);
    const stored = await readLog();
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([]);
    expect(stored).toHaveLength(new Set(stored).size);
  }, 60_000);
});

describe('a data base that goes away', () => {
  it('stops neither known keys nor deltas; corrections and unknown keys have to wait', async () => {
    const { recordId } = (await emit({}, { 'idempotency-key': 'first' })).body.data;
    await postgres.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    for (let i = 0; i < 5; i += 1) expect((await emit({}, { 'idempotency-key': `k${i}` })).status).toBe(201);
    expect((await emit({}, { 'idempotency-key': 'first' })).body.data.recordId).toBe(recordId);
    expect((await emit({ adjusts: { recordId } })).status).toBe(503);
    expect((await emit({}, { 'x-api-key': gateway.keys.live })).status).toBe(503);
    expect((await emit({}, { 'x-api-key': `${gateway.keys.test}x` })).status).toBe(401);
    expect((await health('/ready')).status).toBe(200);
    await waitFor(async () => (await health()).body.state === 'degraded', { timeoutMs: 15_000 });
    await postgres.start();
    await waitFor(async () => (await emit({}, { 'x-api-key': gateway.keys.live })).status === 201, {
      timeoutMs: 15_000,
    });
  }, 60_000);
});

describe('shutting down', () => {
  it('answers what it has taken, tells batches how far they came, and leaves with 0', async () => {
    const { promise: rest, resolve: sendRest } = Promise.withResolvers<undefined>();
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${JSON.stringify(GOOD)}\n`);
      await rest;
      yield Buffer.from(`${JSON.stringify(GOOD)}\n`);
    }
    const batch = await fetch(`${gateway.app.baseUrl}/api/v1/balance/delta/batch`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.keys.test, 'content-type': 'application/x-ndjson' },
      body: body(),
      duplex: 'half',
    });
    expect(batch.status).toBe(201);
    const singles = Promise.all(Array.from({ length: 50 }, () => emit()));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const left = gateway.app.stop();
    const answer = await batch.text();
    // The producer has not sent the rest yet, and does not hold the shut-down up.
    expect(JSON.parse(answer)).toMatchObject({
      success: false,
      error: { code: 'UNAVAILABLE', retryAfterSeconds: 1 },
      data: { totalQueued: 1 },
    });
    const outcomes = await singles.catch(() => []);
    const accepted = outcomes
      .filter(({ status }) => status === 201)
      .map(({ body: { data } }) => data.recordId);
    expect(await left).toBe(0);
    sendRest(undefined);
    const stored = await readLog();
    expect(accepted.filter((id) => !stored.includes(id))).toEqual([]);
  }, 60_000);
});
