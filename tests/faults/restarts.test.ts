import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type SpawnedApp, waitFor } from '@pacspace/testing';
import type { Answer, Api } from '../system/api.js';
import { abandonLoads, Load } from '../system/load.js';
import { readHealth, readMetric } from '../system/operations.js';
import { startCalmSystem, type System } from '../system/start-system.js';
import { verifyLoad } from '../system/verify-load.js';

let system: System;
let gateways: SpawnedApp[];
let projectors: SpawnedApp[];

beforeAll(async () => {
  system = await startCalmSystem(2);
  gateways = await Promise.all([system.spawnGateway(), system.spawnGateway()]);
  projectors = [await system.spawnProjector()];
}, 120_000);

afterAll(async () => {
  await Promise.all([...gateways, ...projectors].map((app) => app.stop()));
  await system.close();
}, 60_000);

const apis = (): Api[] => gateways.map((gateway) => system.apiOf(gateway));
afterEach(abandonLoads);

const WARM = 40;
const RECOVERY = { timeoutMs: 40_000, everyMs: 50 };

const startLoad = async (name: string): Promise<Load> => {
  const load = new Load({ name, apis });
  await waitFor(() => load.acknowledged >= WARM, { timeoutMs: 30_000 });
  return load;
};

async function goesOn(load: Load): Promise<void> {
  const { acknowledged, consistentReads } = load;
  await waitFor(
    () => load.acknowledged > acknowledged + WARM && load.consistentReads > consistentReads + 5,
    RECOVERY,
  );
}

/** How many lanes a projector writes. */
const lanesOf = (projector: SpawnedApp): Promise<number> =>
  readMetric(projector, 'pacspace_projector_lanes', { activity: 'reading' });

/** Anywhere between two statements: within one, the data base's server waits for it for half a minute. */
async function putToSleep(projector: SpawnedApp): Promise<void> {
  await waitFor(async () => {
    process.kill(projector.pid, 'SIGSTOP');
    await sleep(50);
    const { rowCount } = await system.pool.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'projector' AND state = 'active'",
    );
    if (rowCount === 0) return true;
    process.kill(projector.pid, 'SIGCONT');
    return false;
  }, RECOVERY);
}

describe('a gateway', () => {
  it('is killed under load: what it had acknowledged stays, what it had not is sent again', async () => {
    const load = await startLoad('gateway_kill');
    const [victim] = gateways as [SpawnedApp, SpawnedApp];
    await victim.kill9();
    await waitFor(() => load.refusals > 0, RECOVERY);
    await goesOn(load);
    gateways[0] = await system.spawnGateway(victim.port);
    await goesOn(load);
    await load.stop();
    await verifyLoad(system, load, apis()[0]!);
  }, 120_000);

  it('is told to stop under load: it finishes what it has taken, and leaves with 0', async () => {
    const load = await startLoad('gateway_stop');
    const [leaving] = gateways as [SpawnedApp, SpawnedApp];
    expect(await leaving.stop()).toBe(0);
    await goesOn(load);
    gateways[0] = await system.spawnGateway(leaving.port);
    await load.stop();
    await verifyLoad(system, load, apis()[0]!);
  }, 120_000);
});

describe('a projector', () => {
  it('is killed under load, while another has its share: that one takes its lanes over', async () => {
    const load = await startLoad('projector_kill');
    const [first] = projectors as [SpawnedApp];
    const second = await system.spawnProjector();
    projectors.push(second);
    await waitFor(async () => (await lanesOf(first)) === 1 && (await lanesOf(second)) === 1, RECOVERY);
    await first.kill9();
    await waitFor(async () => (await lanesOf(second)) === 2, RECOVERY);
    await goesOn(load);
    projectors[0] = await system.spawnProjector();
    await load.stop();
    await verifyLoad(system, load, apis()[0]!);
  }, 120_000);

  it('sleeps through its replacement: when it wakes, nothing of what it then does counts', async () => {
    const load = await startLoad('projector_sleep');
    const [spare, sleeper] = projectors as [SpawnedApp, SpawnedApp];
    await waitFor(async () => (await lanesOf(sleeper)) === 1, RECOVERY);
    await putToSleep(sleeper);
    try {
      // The data base's server ends a lease whose holder is silent; what it had locked is let go of after 10 s.
      await waitFor(async () => (await lanesOf(spare)) === 2, { ...RECOVERY, timeoutMs: 40_000 });
      await goesOn(load);
    } finally {
      process.kill(sleeper.pid, 'SIGCONT');
    }
    // It is given its share again, and goes on where the other one is.
    await waitFor(async () => (await readHealth(sleeper)).ready && (await lanesOf(spare)) === 1, RECOVERY);
    await goesOn(load);
    await load.stop();
    await verifyLoad(system, load, apis()[0]!);
  }, 120_000);

  it('is told to stop under load: it leaves with 0, and its lanes to the other one', async () => {
    const load = await startLoad('projector_stop');
    const [writer, spare] = projectors as [SpawnedApp, SpawnedApp];
    await waitFor(async () => (await lanesOf(writer)) === 1, RECOVERY);
    expect(await writer.stop()).toBe(0);
    await waitFor(async () => (await lanesOf(spare)) === 2, RECOVERY);
    await goesOn(load);
    await load.stop();
    await verifyLoad(system, load, apis()[0]!);
    projectors = [spare];
  }, 120_000);
});

describe('two gateways and one key', () => {
  const delta = (customerId: string, amount: string) => ({ customerId, delta: amount, reason: 'race' });
  const emit = (gateway: number, body: Record<string, unknown>, key: string): Promise<Answer> =>
    apis()[gateway]!.emit(body, key);

  it('record one delta, whichever way its repeats take at the same time, and give one answer', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `race ${i}`);
    const answers = await Promise.all(
      keys.flatMap((key) => [0, 1, 0, 1].map((gateway) => emit(gateway, delta('one_key', '0.1'), key))),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.data.recordId)).size).toBe(keys.length);
    const derived = await apis()[1]!.deriveWhole('one_key', 'view=totals');
    expect(derived).toMatchObject({ deltasCount: 20, computedBalanceExact: '2' });
    const again = await Promise.all(keys.map((key, i) => emit(i % 2, delta('one_key', '0.1'), key)));
    expect(again.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual(keys.map(() => 'true'));
  }, 60_000);

  it('record one of two amounts, and say of the other that it has failed', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `clash ${i}`);
    const answers = await Promise.all(
      keys.flatMap((key, i) =>
        [0, 1].map((side) => emit((i + side) % 2, delta(`clash_${i}`, `${1 + side}`), key)),
      ),
    );
    for (const { status } of answers) expect([201, 409]).toContain(status);
    let taken = 0;
    for (const [i, key] of keys.entries()) {
      const pair = answers.slice(2 * i, 2 * i + 2);
      const derived = await apis()[0]!.deriveWhole(`clash_${i}`);
      expect(derived).toMatchObject({ deltasCount: 1 });
      // Both were told 201 where both gateways were first: the one that lost is shown as such.
      const lost = pair.filter(({ status }) => status === 201).length - 1;
      const { rows } = await system.pool.query<{ code: string }>(
        'SELECT code FROM rejection WHERE customer_id = $1',
        [`clash_${i}`],
      );
      expect(rows).toEqual(Array.from({ length: lost }, () => ({ code: 'IDEMPOTENCY_CONFLICT' })));
      taken += lost;
      const winner = derived.computedBalanceExact as string;
      const same = await emit(i % 2, delta(`clash_${i}`, winner), key);
      expect([same.status, same.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
      const other = await emit(i % 2, delta(`clash_${i}`, winner === '1' ? '2' : '1'), key);
      expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    }
    const outcome = 'rejected';
    await waitFor(
      async () => (await sumOfProjectors('pacspace_projector_deltas_total', { outcome })) >= taken,
      RECOVERY,
    );
    expect(await sumOfProjectors('pacspace_projector_deltas_total', { outcome })).toBe(taken);
  }, 60_000);

  async function sumOfProjectors(name: string, labels: Record<string, string>): Promise<number> {
    const values = await Promise.all(projectors.map((projector) => readMetric(projector, name, labels)));
    return values.reduce((sum, value) => sum + value, 0);
  }
});
