import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { checkStoredLog } from '../support/check-stored-log.js';

const CUSTOMERS = 12;
const WORKERS = 4;
const KILLS = 6;
const ANSWERS = 50;

const names = Array.from({ length: CUSTOMERS }, (_, i) => `customer-${i}`);
const now = new Date();
const lastMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0, 12)).toISOString();

let gateway: TestGateway;
let projector: SpawnedApp;
let checkpointers: SpawnedApp[];
let env: Record<string, string>;

beforeAll(async () => {
  gateway = await spawnGateway();
  env = {
    ...gateway.env,
    LOG_ORIGIN_HOST: 'logs.test',
    LOG_SIGNING_KEY: '5a'.repeat(32),
    SEAL_GRACE_SECONDS: '0',
    SEAL_EVERY_SECONDS: '1',
  };
  projector = await spawnApp('projector', gateway.env);
  // Before anybody could close the month.
  for (const customerId of names) {
    const delta = { customerId, delta: 1, reason: 'usage', occurredAt: lastMonth };
    expect((await gateway.post('/api/v1/balance/delta', delta)).status).toBe(201);
  }
  checkpointers = await Promise.all([spawnApp('checkpointer', env), spawnApp('checkpointer', env)]);
}, 120_000);

afterAll(async () => {
  await Promise.all([projector, ...checkpointers].map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

interface Answer {
  readonly customerId: string;
  readonly logIndex: number;
  readonly proofRoot: string;
  readonly deltasCount: number;
}

it('seals on while its processes are killed under load: nothing answered is lost, and the log never forks', async () => {
  const acknowledged = new Map(names.map((name) => [name, 0]));
  const answers: Answer[] = [];
  let kills = 0;
  const isEnough = (): boolean => kills === KILLS && answers.length > ANSWERS;
  const work = async (worker: number): Promise<void> => {
    for (let i = worker; !isEnough(); i += WORKERS) {
      const customerId = names[i % CUSTOMERS]!;
      const emitted = await gateway.post('/api/v1/balance/delta', { customerId, delta: 1, reason: 'usage' });
      expect(emitted.status).toBe(201);
      acknowledged.set(customerId, acknowledged.get(customerId)! + 1);
      const atLeast = acknowledged.get(customerId)!;
      const { status, body } = await gateway.post('/api/v1/balance/checkpoint', { customerId });
      if (status !== 201) {
        expect([status, body.error.code]).toEqual([503, 'UNAVAILABLE']);
        continue;
      }
      expect(body.data.deltasCount).toBeGreaterThanOrEqual(atLeast);
      answers.push(body.data);
    }
  };
  const kill = async (): Promise<void> => {
    while (kills < KILLS) {
      const before = answers.length;
      // It does something in between, whoever is alive.
      await waitFor(() => answers.length > before + 5);
      const victim = kills % 2;
      await checkpointers[victim]!.kill9();
      checkpointers[victim] = await spawnApp('checkpointer', env);
      kills += 1;
    }
  };
  await Promise.all([kill(), ...Array.from({ length: WORKERS }, (_, worker) => work(worker))]);

  // One of all, so that something is sealed by whoever is alive; the months before are sealed by themselves.
  await waitFor(async () => (await gateway.post('/api/v1/balance/checkpoint', {})).status === 201);
  await waitFor(async () => {
    const { log } = await checkStoredLog(gateway.pool, 'env_test');
    return log.publishedSize === log.size && log.sealedThrough !== undefined;
  });

  const { seals, heads } = await checkStoredLog(gateway.pool, 'env_test');
  for (const { logIndex, customerId, proofRoot, deltasCount } of answers) {
    expect(seals[logIndex]).toMatchObject({ customerId, root: proofRoot, count: deltasCount });
  }
  for (const customerId of names) {
    const final = seals.filter((seal) => seal.customerId === customerId && seal.final);
    expect(final).toMatchObject([
      { count: 1, period: lastMonth.slice(0, 7), openingBalance: '0', closingBalance: '1' },
    ]);
    expect(acknowledged.get(customerId)).toBeGreaterThan(0);
    const last = seals.findLast((seal) => seal.customerId === customerId)!;
    expect(last.count).toBe(acknowledged.get(customerId));
  }
  // Each head is the root of a prefix of one log, as checkStoredLog has found: so any two are consistent.
  expect(heads.length).toBeGreaterThan(3);
});
