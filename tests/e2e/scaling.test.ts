import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SpawnedApp, waitFor } from '@pacspace/testing';
import type { Api } from '../system/api.js';
import { abandonLoads, Load } from '../system/load.js';
import { readMetric } from '../system/operations.js';
import { type RoundRobin, startRoundRobin } from '../system/round-robin.js';
import { startCalmSystem, type System } from '../system/start-system.js';
import { verifyLoad } from '../system/verify-load.js';

const LANES = 4;

let system: System;
let gateways: SpawnedApp[];
let balancer: RoundRobin;
let projectors: SpawnedApp[];

beforeAll(async () => {
  system = await startCalmSystem(LANES);
  gateways = await Promise.all([1, 2, 3].map(() => system.spawnGateway()));
  balancer = await startRoundRobin(gateways);
  projectors = [await system.spawnProjector()];
}, 120_000);

afterAll(async () => {
  abandonLoads();
  await balancer.close();
  await Promise.all([...gateways, ...projectors].map((app) => app.stop()));
  await system.close();
}, 60_000);

const api = (): Api => system.apiOf(balancer);

const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };

/** How many lanes each projector reads. */
const shares = (): Promise<number[]> =>
  Promise.all(projectors.map((one) => readMetric(one, 'pacspace_projector_lanes', { activity: 'reading' })));

async function sharedOut(expected: readonly number[]): Promise<void> {
  await waitFor(async () => String(await shares()) === String(expected), PATIENCE);
}

const goesOn = async (load: Load): Promise<void> => {
  const { acknowledged, consistentReads } = load;
  await waitFor(
    () => load.acknowledged > acknowledged + 40 && load.consistentReads > consistentReads + 5,
    PATIENCE,
  );
};

describe('three gateways behind a round-robin proxy', () => {
  it('lose and double nothing while projectors go from 1 to 4 to 2 under load', async () => {
    await sharedOut([LANES]);
    const load = new Load({ name: 'scaling', apis: () => [api()] });
    await goesOn(load);

    projectors.push(...(await Promise.all([1, 2, 3].map(() => system.spawnProjector()))));
    await sharedOut([1, 1, 1, 1]);
    await goesOn(load);

    // One drains, one is killed.
    const [drained, killed] = projectors.splice(0, 2) as [SpawnedApp, SpawnedApp];
    const [code] = await Promise.all([drained.stop(), killed.kill9()]);
    expect(code).toBe(0);
    await sharedOut([2, 2]);
    await goesOn(load);
    await load.stop();

    await verifyLoad(system, load, api());
    expect(Math.min(...balancer.counts)).toBeGreaterThan(10);
  }, 180_000);

  it('give a repeat its first answer, whichever takes it, and show to each what another took', async () => {
    for (let round = 0; round < 12; round += 1) {
      const key = `round ${round}`;
      const delta = { customerId: 'rounds', delta: '0.1', reason: 'repeated' };
      const first = await api().emit(delta, key);
      const again = await api().emit(delta, key);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body.data).toMatchObject({ recordId: first.body.data.recordId });
      expect(await api().deriveWhole('rounds', 'view=totals')).toMatchObject({ deltasCount: round + 1 });
    }
    const changed = await api().emit({ customerId: 'rounds', delta: '0.2', reason: 'repeated' }, 'round 0');
    expect(changed.status).toBe(409);
  });
});
