import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  spawnApp,
  type SpawnedApp,
  startNats,
  startPostgres,
  startRedis,
  type TestNats,
  type TestServer,
  waitFor,
} from '@pacspace/testing';
import type { Api } from '../system/api.js';
import { abandonLoads, Load } from '../system/load.js';
import { readHealth, readMetric } from '../system/operations.js';
import { SealMeanwhile } from '../system/seal-meanwhile.js';
import { startSystem, type System } from '../system/start-system.js';
import { verifyLoad } from '../system/verify-load.js';

let nats: TestNats;
let redis: TestServer;
let postgres: TestServer;
let system: System;
let gateway: SpawnedApp;
let projector: SpawnedApp;
let checkpointer: SpawnedApp;
let api: Api;

beforeAll(async () => {
  [nats, redis, postgres] = await Promise.all([startNats(), startRedis(), startPostgres()]);
  system = await startSystem({ nats, redisUrl: redis.url, databaseUrl: postgres.url }, 2);
  const sealing = { LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) };
  [gateway, projector, checkpointer] = await Promise.all([
    system.spawnGateway(),
    system.spawnProjector(),
    spawnApp('checkpointer', { ...system.env, ...sealing }),
  ]);
  api = system.apiOf(gateway);
}, 120_000);

afterAll(async () => {
  await Promise.all([gateway, projector, checkpointer].map((app) => app.stop()));
  await system.close();
  await Promise.all([nats, redis, postgres].map((server) => server.stop()));
}, 60_000);

afterEach(abandonLoads);

const WARM = 40;
const ENVIRONMENT = 'env_acme_test';
const startLoad = async (name: string): Promise<Load> => {
  const load = new Load({ name, apis: () => [api] });
  await waitFor(() => load.acknowledged >= WARM, { timeoutMs: 30_000 });
  return load;
};

/** How long the service may take to take deltas and to show them again. */
const RECOVERY = { timeoutMs: 40_000, everyMs: 50 };

/** An emit is taken, and a strong read shows it and says so. */
async function waitUntilServing(name: string): Promise<void> {
  const customerId = `${name}_probe`;
  await waitFor(async () => {
    const { status } = await api.emit({ customerId, delta: 1, reason: 'probe' });
    if (status !== 201) return false;
    const { body } = await api.derive(customerId, 'view=totals');
    return body.data?.position.consistent;
  }, RECOVERY);
  for (const app of [gateway, projector]) {
    await waitFor(async () => {
      const { state, ready } = await readHealth(app);
      return state === 'ok' && ready;
    }, RECOVERY);
  }
}

describe('NATS', () => {
  it('is stopped and started under load: nothing is acknowledged meanwhile, and nothing is lost', async () => {
    const load = await startLoad('nats_stop');
    const sealing = new SealMeanwhile(api, load.customers);
    await nats.stop();
    await waitFor(async () => (await readHealth(gateway)).checks['log'] !== 'ok');
    await waitFor(async () => !(await readHealth(projector)).ready);
    expect(await readMetric(gateway, 'pacspace_unhealthy_checks', { check: 'log' })).toBe(1);
    expect(await readMetric(projector, 'pacspace_ready_info')).toBe(0);
    // After 5 s of trying, producers are told.
    await waitFor(() => load.refusals > 0 && sealing.refusals > 0, RECOVERY);
    const acknowledged = load.acknowledged;
    expect(await readMetric(gateway, 'pacspace_failed_publishes_total')).toBeGreaterThan(0);
    const { body } = await api.derive(load.customers[0]!, 'view=totals');
    expect(body.data?.position.consistent ?? 'refused').not.toBe(true);
    expect(load.acknowledged).toBe(acknowledged);

    await nats.start();
    await waitUntilServing('nats_stop');
    await waitFor(() => load.acknowledged > acknowledged + WARM, RECOVERY);
    await sealing.stop(system, ENVIRONMENT);
    await load.stop();
    await verifyLoad(system, load, api);
  }, 120_000);

  it('is killed under load', async () => {
    const load = await startLoad('nats_kill');
    const sealing = new SealMeanwhile(api, load.customers);
    await nats.kill();
    await waitFor(async () => (await readHealth(gateway)).checks['log'] !== 'ok');
    await nats.start();
    await waitUntilServing('nats_kill');
    await sealing.stop(system, ENVIRONMENT);
    await load.stop();
    await verifyLoad(system, load, api);
  }, 120_000);
});

describe('Redis', () => {
  it('is stopped and started under load: nobody is refused, and no read is wrong', async () => {
    const load = await startLoad('redis');
    const renewed = await readMetric(projector, 'pacspace_projector_cache_writes_total', {
      outcome: 'renewed',
    });
    await redis.stop();
    for (const app of [gateway, projector]) {
      await waitFor(async () => (await readHealth(app)).checks['cache'] === 'degraded');
      expect((await readHealth(app)).ready).toBe(true);
      expect(await readMetric(app, 'pacspace_unhealthy_checks', { check: 'cache' })).toBe(1);
    }
    const { acknowledged, consistentReads } = load;
    await waitFor(
      () => load.acknowledged > acknowledged + WARM && load.consistentReads > consistentReads + 5,
      {
        timeoutMs: 30_000,
      },
    );
    expect(load.refusals).toBe(0);

    await redis.start();
    await waitUntilServing('redis');
    await waitFor(async () => {
      const writes = await readMetric(projector, 'pacspace_projector_cache_writes_total', {
        outcome: 'renewed',
      });
      return writes > renewed;
    }, RECOVERY);
    await load.stop();
    await verifyLoad(system, load, api);
  }, 120_000);
});

describe('Postgres', () => {
  it.each([
    ['stopped', () => postgres.stop()],
    // Its last commits may be gone: they are folded again.
    ['killed', () => postgres.kill()],
  ])(
    'is %s and started under load: deltas are taken all the while',
    async (how, end) => {
      const load = await startLoad(`postgres_${how}`);
      const sealing = new SealMeanwhile(api, load.customers);
      await end();
      await waitFor(async () => (await readHealth(gateway)).checks['ledger'] !== 'ok');
      await waitFor(async () => !(await readHealth(projector)).ready);
      expect((await readHealth(gateway)).ready).toBe(true);
      expect(await readMetric(gateway, 'pacspace_unhealthy_checks', { check: 'ledger' })).toBe(1);
      const { acknowledged, honestReads, refusals } = load;
      // Reads cannot be up to date, and say so.
      await waitFor(() => load.acknowledged > acknowledged + WARM && load.honestReads > honestReads + 2, {
        timeoutMs: 30_000,
      });
      expect(load.refusals).toBe(refusals);
      await waitFor(() => sealing.refusals > 0, RECOVERY);

      await postgres.start();
      await waitUntilServing(`postgres_${how}`);
      // What was sealed waits for the disk, also where the ledger's last commits do not.
      await sealing.stop(system, ENVIRONMENT);
      await load.stop();
      await verifyLoad(system, load, api);
    },
    120_000,
  );
});
