import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  startPostgres,
  startRedis,
  type TestGateway,
  type TestServer,
  waitFor,
} from '@pacspace/testing';

let redis: TestServer;
let postgres: TestServer;
let gateway: TestGateway;
let projector: SpawnedApp;
let emitted = 0;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  gateway = await spawnGateway({ redisUrl: redis.url, databaseUrl: postgres.url });
  projector = await spawnApp('projector', gateway.env);
}, 90_000);

afterAll(async () => {
  await projector.stop();
  await gateway.stop();
  await Promise.all([redis, postgres].map((server) => server[Symbol.asyncDispose]()));
}, 60_000);

async function emit(customerId: string): Promise<string> {
  const { status, body } = await gateway.post('/api/v1/balance/delta', {
    customerId,
    delta: 0.1,
    reason: 'usage',
  });
  expect([status, body.error]).toEqual([201, undefined]);
  emitted += 1;
  return body.data.recordId;
}

const derive = (customerId: string, query = '') =>
  gateway.get(`/api/v1/balance/derive/${customerId}?limit=1${query}`);

/** As exact text: 0.1 added up in floats would show. */
const tenths = (count: number) =>
  count % 10 === 0 ? `${count / 10}` : `${Math.floor(count / 10)}.${count % 10}`;

describe('with everything up', () => {
  it('a derive shows the emit before it, always, whoever else is emitting', async () => {
    const one = async (customerId: string) => {
      for (let count = 1; count <= 12; count += 1) {
        await emit(customerId);
        const query = count % 2 === 0 ? '' : '&view=totals';
        const { status, body } = await derive(customerId, query);
        expect([status, body.data?.computedBalanceExact, body.data?.position.consistent]).toEqual([
          200,
          tenths(count),
          true,
        ]);
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, i) => one(`fresh_${i}`)));
  }, 60_000);

  it('a delta is VERIFIED by the time it is asked for', async () => {
    const recordId = await emit('acme');
    const { body } = await gateway.get(`/api/v1/balance/delta/${recordId}`);
    expect(body.data).toMatchObject({ status: 'VERIFIED', index: 0, balanceAfterExact: '0.1' });
  });
});

describe('without Redis', () => {
  it('answers are as right as before, and come from Postgres', async () => {
    await redis.kill();
    for (let count = 2; count <= 6; count += 1) {
      await emit('acme');
      for (const query of ['', '&view=totals']) {
        const { status, body } = await derive('acme', query);
        expect([status, body.data.computedBalanceExact, body.data.position.consistent]).toEqual([
          200,
          tenths(count),
          true,
        ]);
      }
    }
    const health = await gateway.get('/health');
    expect(health.body).toMatchObject({ ready: true, state: 'degraded' });
  }, 60_000);

  it('a Redis that comes back empty is not believed to know anything', async () => {
    await redis.start();
    const before = await derive('acme', '&view=totals');
    expect(before.body.data.computedBalanceExact).toBe('0.6');
    await emit('acme');
    const after = await derive('acme', '&view=totals');
    expect(after.body.data).toMatchObject({ computedBalanceExact: '0.7', position: { consistent: true } });
  }, 60_000);
});

describe('without Postgres', () => {
  it('says 503 and when to come back, and is right again when Postgres is', async () => {
    await postgres.kill();
    const { status, body, headers } = await derive('acme');
    expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    expect((await gateway.get('/api/v1/balance/limits')).status).toBe(200);
    // Accepted all the same: the log is what makes it durable.
    await emit('acme');
    await postgres.start();
    await waitFor(async () => (await derive('acme')).body.data?.computedBalanceExact === '0.8', {
      timeoutMs: 30_000,
    });
  }, 90_000);
});

describe('without NATS', () => {
  it('reads go on, and do not claim to have seen everything', async () => {
    await gateway.nats.kill();
    const { status, body } = await derive('acme');
    expect([status, body.data.computedBalanceExact]).toEqual([200, '0.8']);
    expect(body.data.position).toMatchObject({ consistent: false, behindEnvelopes: null });
    const unknown = await derive('nobody');
    expect([unknown.status, unknown.body.error.code]).toEqual([503, 'UNAVAILABLE']);

    await gateway.nats.start();
    await waitFor(async () => (await derive('acme')).body.data?.position.consistent === true, {
      timeoutMs: 30_000,
    });
    const { body: summary } = await gateway.get('/api/v1/balance/customers/summary');
    expect(summary.data).toMatchObject({ totalDeltas: emitted, position: { consistent: true } });
  }, 90_000);
});
