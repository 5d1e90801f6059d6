import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectLog, EventsReader, openDeltaLog } from '@pacspace/log';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { type CustomerFact, factsSubject } from '@pacspace/wire';

let gateway: TestGateway;
let others: SpawnedApp[];

beforeAll(async () => {
  gateway = await spawnGateway();
  others = await Promise.all(
    ['projector', 'comparer', 'checkpointer'].map((name) =>
      spawnApp(name, { ...gateway.env, LOG_SIGNING_KEY: '5a'.repeat(32) }),
    ),
  );
}, 120_000);

afterAll(async () => {
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

async function emit(customerId: string, delta: number | string, parts: object = {}): Promise<string> {
  const { status, body } = await gateway.post('/api/v1/balance/delta', {
    ...{ customerId, delta, reason: 'usage' },
    ...parts,
  });
  expect(status).toBe(201);
  return body.data.recordId;
}

/** All that is told of the environment's customers so far. */
async function readFacts(): Promise<CustomerFact[]> {
  const connection = await connectLog({ url: gateway.nats.url, name: 'test' });
  try {
    const log = await openDeltaLog(connection, { lanes: 4 });
    const facts: CustomerFact[] = [];
    for (let lane = 0; lane < 4; lane += 1) {
      const reader = await EventsReader.open(log, factsSubject(lane), 0);
      for (let left = reader.waiting; left > 0;) {
        const messages = await reader.next(1_000_000, 1_000);
        left -= messages.length;
        facts.push(...messages.map(({ payload }) => JSON.parse(payload) as CustomerFact));
      }
      reader.close();
    }
    return facts;
  } finally {
    await connection.close();
  }
}

const compare = (body: object) => gateway.post('/api/v1/balance/compare', body);

describe('POST /compare with two totals', () => {
  it('answers the quick start: without a customer, against all that the environment has', async () => {
    await emit('customer_001', 100);
    const agreed = await compare({ yourBalance: 100.0, theirBalance: 100.0, startingBalance: 0 });
    expect(agreed.status).toBe(201);
    expect(agreed.body.data).toMatchObject({
      reportId: expect.stringMatching(/^cmp_[0-9a-f]{32}$/),
      reportState: 'done',
      customerId: null,
      heldAgainst: 'environment',
      matches: true,
      matchesYours: true,
      matchesTheirs: true,
      neutralBalance: 100,
      discrepancy: 0,
      deltasCount: 1,
      customersCount: 1,
      scope: { kind: 'all' },
      position: { consistent: true, behindEnvelopes: 0 },
    });
  });

  it('holds both against what a customer has, exactly, right after an emit', async () => {
    for (let i = 1; i <= 5; i += 1) {
      await emit('exact', '0.1');
      const sum = `0.${i}`;
      const { body } = await compare({ customerId: 'exact', yourBalance: sum, theirBalance: 0.7 });
      expect(body.data).toMatchObject({
        heldAgainst: 'customer',
        matches: false,
        matchesYours: true,
        matchesTheirs: false,
        neutralBalanceExact: sum,
        yourDiscrepancyExact: '0',
        theirDiscrepancyExact: `0.${7 - i}`,
        discrepancyExact: i === 7 ? '0' : `-0.${7 - i}`,
        deltasCount: i,
      });
    }
    const started = await compare({
      ...{ customerId: 'exact', yourBalance: 10.5, theirBalance: '10.5', startingBalance: 10 },
    });
    expect(started.body.data).toMatchObject({ matches: true, startingBalance: 10, neutralBalance: 10.5 });
  });

  it('takes every scope that derive takes, and finds the same balance', async () => {
    await emit('scoped', 1, { occurredAt: '2026-03-05T00:00:00Z' });
    const second = await emit('scoped', 2, { occurredAt: '2026-03-20T00:00:00Z' });
    await emit('scoped', 4, { occurredAt: '2026-04-02T00:00:00Z' });
    const sealed = await gateway.post('/api/v1/balance/checkpoint', {
      customerId: 'scoped',
      period: '2026-03',
    });
    const { proofRoot } = sealed.body.data;
    const scopes: [Record<string, string>, number][] = [
      [{}, 7],
      [{ period: '2026-03' }, 3],
      [{ timePreset: 'current_month' }, 0],
      [{ startDate: '2026-03-10', endDate: '2026-04-03' }, 6],
      [{ timePreset: 'custom', startDate: '2026-03-01', endDate: '2026-03-20' }, 1],
      [{ startingCheckpoint: second, startingCheckpointType: 'recordId' }, 4],
      [{ startingCheckpoint: proofRoot, startingCheckpointType: 'proofRoot' }, 4],
      [{ at: '2026-03-20T00:00:00Z' }, 3],
      [{ asOf: '2020-01-01T00:00:00Z' }, 0],
    ];
    for (const [scope, balance] of scopes) {
      const { status, body } = await compare({
        ...{ customerId: 'scoped', yourBalance: balance, theirBalance: balance + 1 },
        ...scope,
      });
      expect({ scope, status, neutral: body.data?.neutralBalance }).toEqual({
        scope,
        status: 201,
        neutral: balance,
      });
      const query = new URLSearchParams(scope).toString();
      const derived = (await gateway.get(`/api/v1/balance/derive/scoped?${query}`)).body.data;
      expect(derived.computedBalance).toBe(balance);
      expect(body.data.scope).toEqual(derived.scope);
      // Without a customer: the others' deltas are of this month.
      if (scope['startingCheckpoint'] !== undefined || Object.keys(scope).length === 0) continue;
      if (scope['timePreset'] === 'current_month') continue;
      const all = await compare({ yourBalance: balance, theirBalance: balance, ...scope });
      expect({ scope, matches: all.body.data.matchesYours }).toEqual({ scope, matches: true });
    }
    const march = await compare({
      ...{ customerId: 'scoped', period: '2026-03', yourBalance: 3, theirBalance: 3 },
    });
    expect(march.body.data.ledger).toMatchObject({ state: 'sealed', proofRoot });
  });

  it('keeps every report, and lists them, the latest first', async () => {
    await emit('kept', 5);
    const made = [];
    for (const theirs of [5, 6, 7]) {
      made.unshift((await compare({ customerId: 'kept', yourBalance: 5, theirBalance: theirs })).body.data);
    }
    for (const report of made) {
      const { status, body } = await gateway.get(`/api/v1/balance/compare/${report.reportId}`);
      expect([status, body.data]).toEqual([200, report]);
    }
    const list = await gateway.get('/api/v1/balance/comparisons?customerId=kept&limit=2');
    expect(list.body.data).toEqual({
      comparisons: made.slice(0, 2),
      pagination: { total: 3, limit: 2, offset: 0 },
    });
    // Another environment's reports are not there.
    const [{ reportId }] = made as [{ reportId: string }];
    const foreign = await gateway.get(`/api/v1/balance/compare/${reportId}`, gateway.keys.live);
    expect(foreign.status).toBe(404);
  });

  it('tells of every report that is kept, once, in the lane of its customer', async () => {
    const made = [
      await compare({ customerId: 'kept', yourBalance: 5, theirBalance: 9 }),
      await compare({ yourBalance: 1, theirBalance: 1 }),
    ].map(({ body }) => body.data);
    for (const { reportId, customerId, createdAt } of made) {
      const facts = await waitFor(async () => {
        const found = (await readFacts()).filter(
          (fact) => fact.kind === 'compared' && fact.reportId === reportId,
        );
        return found.length > 0 && found;
      });
      expect(facts).toEqual([
        {
          ...{ v: 1, kind: 'compared', environmentId: 'env_test', reportId },
          ...(customerId === null ? {} : { customerId }),
          madeAtMs: Date.parse(createdAt),
        },
      ]);
    }
  });

  it.each([
    [{}, ['yourBalance', 'theirBalance']],
    [{ yourBalance: 'a', theirBalance: 1 }, ['yourBalance']],
    [{ yourBalance: 1, theirBalance: '0.1234567890123' }, ['theirBalance']],
    [{ yourBalance: 1, theirBalance: 1, customerId: 'no blanks' }, ['customerId']],
    [{ yourBalance: 1, theirBalance: 1, period: 2026 }, ['period']],
    [{ yourBalance: 1, theirBalance: 1, startingCheckpoint: `rec_${'0'.repeat(32)}` }, undefined],
    [{ yourBalance: 1, theirBalance: 1, period: '2026-03', at: '2026-03-01' }, undefined],
  ])('refuses %j and says why', async (body, paths) => {
    const { status, body: answer } = await compare(body);
    expect(status).toBe(400);
    if (paths !== undefined) {
      expect(answer.error.fields.map((field: { path: string }) => field.path)).toEqual(paths);
    }
  });

  it('knows no customer that was never seen', async () => {
    const { status, body } = await compare({ customerId: 'nobody', yourBalance: 0, theirBalance: 0 });
    expect([status, body.error.code]).toEqual([404, 'CUSTOMER_NOT_FOUND']);
  });
});
