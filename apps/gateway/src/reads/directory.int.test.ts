import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeriod, periodOf, formatPeriod } from '@pacspace/domain';
import { type DeltaParts, spawnGateway, type TestAnswer, type TestGateway } from '@pacspace/testing';

const october = Date.parse('2026-10-20T00:00:00Z');

/** An answer's body or a part of it: its shape is what is checked. */
type Json = TestAnswer['body'];

let gateway: TestGateway;
let now: number;

const get = async (path: string, key?: string) => gateway.get(`/api/v1/balance${path}`, key);
const data = async (path: string, key?: string): Promise<Json> => {
  const { status, body } = await get(path, key);
  expect({ path, status, error: body.error }).toEqual({ path, status: 200, error: undefined });
  return body.data;
};

beforeAll(async () => {
  gateway = await spawnGateway({ plan: 'free' });
  now = Date.now();
  const emit = (customerId: string, count: number, more: Partial<DeltaParts> = {}): DeltaParts[] =>
    Array.from({ length: count }, (_, i) => ({
      customerId,
      key: `${customerId}${i}`,
      amount: '1.5',
      ...more,
    }));
  const { filler } = gateway;
  filler.close(periodOf(october) - 1);
  await filler.write([...emit('acme', 30), ...emit('acme.eu', 2), ...emit('beta', 1)], october);
  await filler.write(
    emit('acme', 12).map((one) => ({ ...one, key: `now${one.key}`, amount: '-1' })),
    now,
  );
  await filler.write(emit('zeta', 3, { environmentId: 'env_live' }), now);
}, 60_000);
afterAll(() => gateway.stop());

describe('GET /customers', () => {
  it('lists the environment’s customers by id, a page at a time', async () => {
    const answer = await data('/customers?limit=2');
    expect(answer).toMatchObject({ total: 3, page: 1, limit: 2, pages: 2 });
    expect(answer.items[0]).toEqual({
      customerId: 'acme',
      customerReference: 'acme',
      totalDeltas: 42,
      computedBalance: 33,
      computedBalanceExact: '33',
      firstRecordedAt: '2026-10-20T00:00:00.000Z',
      lastRecordedAt: new Date(now).toISOString(),
      latestReceiptId: expect.stringMatching(/^rcp_/),
    });
    const second = await data('/customers?limit=2&page=2');
    expect(second.items.map((one: Json) => one.customerId)).toEqual(['beta']);
    expect((await data('/customers?page=50')).items).toEqual([]);
  });

  it('searches by a part of the id', async () => {
    const found = await data('/customers?search=ACME');
    expect([found.total, found.items.map((one: Json) => one.customerId)]).toEqual([2, ['acme', 'acme.eu']]);
    expect((await data('/customers?search=%25')).total).toBe(0);
  });

  it('shows another environment its own', async () => {
    const live = await data('/customers', gateway.keys.live);
    expect(live.items.map((one: Json) => one.customerId)).toEqual(['zeta']);
  });

  it.each([
    'limit=0',
    'limit=501',
    'page=0',
    'page=x',
    'search=%00',
    `search=${'x'.repeat(129)}`,
    'page=1000000',
  ])('refuses %s', async (query) => {
    const { status, body } = await get(`/customers?${query}`);
    expect([status, body.error.fields.map((field: Json) => field.path)]).toEqual([
      400,
      [query.split('=')[0]],
    ]);
  });
});

describe('GET /customers/summary', () => {
  it('sums the environment', async () => {
    expect(await data('/customers/summary')).toMatchObject({
      totalCustomers: 3,
      activeCustomers: 1,
      activePeriod: formatPeriod(periodOf(now)),
      totalDeltas: 45,
      totalBalance: 37.5,
      totalBalanceExact: '37.5',
      firstRecordedAt: '2026-10-20T00:00:00.000Z',
      position: { consistent: true, behindEnvelopes: 0 },
    });
  });
});

describe('GET /customers/:customerId', () => {
  it('has its totals and its deltas from the newest back', async () => {
    const answer = await data('/customers/acme?deltaLimit=10&deltaPage=2');
    expect(answer).toMatchObject({
      customerId: 'acme',
      customerReference: 'acme',
      totalDeltas: 42,
      computedBalance: 33,
      computedBalanceExact: '33',
      latestCheckpoint: null,
      recentActivity: { pagination: { total: 42, page: 2, limit: 10, pages: 5 } },
    });
    expect(answer.recentActivity.items.map((one: Json) => one.index)).toEqual(
      Array.from({ length: 10 }, (_, i) => 31 - i),
    );
    expect(answer.periods.map((one: Json) => [one.deltasCount, one.netChangeExact])).toEqual([
      [30, '45'],
      [12, '-12'],
    ]);
  });

  it('of one period', async () => {
    const { recentActivity } = await data('/customers/acme?period=2026-10&deltaLimit=1');
    expect([recentActivity.pagination.total, recentActivity.items[0].index]).toEqual([30, 29]);
  });

  it('is not there for another environment', async () => {
    const { status, body } = await get('/customers/acme', gateway.keys.live);
    expect([status, body.error.code]).toEqual([404, 'CUSTOMER_NOT_FOUND']);
  });
});

describe('GET /gaps/:customerId', () => {
  it('looks at every delta and finds no gap', async () => {
    expect(await data('/gaps/acme')).toMatchObject({
      customerId: 'acme',
      totalDeltas: 42,
      fromSequence: 0,
      toSequence: 41,
      expected: 42,
      checked: 42,
      contiguous: true,
      gapsCount: 0,
      gaps: [],
      duplicates: [],
      nextSequence: null,
    });
    expect(await data('/gaps/acme?fromSequence=5&toSequence=9')).toMatchObject({
      checked: 5,
      contiguous: true,
      nextSequence: 10,
    });
    expect(await data('/gaps/acme?fromSequence=50')).toMatchObject({
      checked: 0,
      toSequence: null,
      contiguous: true,
    });
  });

  it('shows what was taken out behind the ledger’s back', async () => {
    await gateway.filler.write(
      Array.from({ length: 8 }, (_, i) => ({ customerId: 'victim', key: `v${i}`, amount: '1' })),
      october,
    );
    await gateway.pool.query(
      `DELETE FROM entry e USING customer c WHERE c.number = e.customer_no AND c.customer_id = 'victim' AND idx IN (2, 3, 7)`,
    );
    expect(await data('/gaps/victim?limit=1')).toMatchObject({
      expected: 8,
      checked: 5,
      contiguous: false,
      gapsCount: 2,
      gaps: [{ fromSequence: 2, toSequence: 3, missing: 2 }],
    });
  });

  it.each(['fromSequence=-1', 'limit=0', 'fromSequence=9&toSequence=3'])('refuses %s', async (query) => {
    expect((await get(`/gaps/acme?${query}`)).status).toBe(400);
  });
});

describe('GET /usage and /limits', () => {
  it('counts the period against the plan, each environment for itself', async () => {
    const period = formatPeriod(periodOf(now));
    expect(await data('/usage')).toMatchObject({
      period,
      plan: 'free',
      consumed: 12,
      allowed: 100,
      remaining: 88,
    });
    expect(await data('/usage', gateway.keys.live)).toMatchObject({ consumed: 3, allowed: 0, remaining: 0 });
    expect(await data('/usage?period=2026-10')).toMatchObject({ period: '2026-10', consumed: 41 });
    expect(parsePeriod('2026-10')).toBeDefined();
  });

  it('states its bounds', async () => {
    expect(await data('/limits')).toMatchObject({
      maxScopeMonths: 24,
      maxLastNDays: 730,
      maxRetentionDays: null,
    });
  });

  it('needs a key', async () => {
    for (const path of ['/usage', '/limits', '/customers', '/derive/acme', '/gaps/acme']) {
      const { status, body } = await get(path, 'pk_test_nobody12345.xxxxxxxxxxxxxxxxxxxxxxxxx');
      expect([path, status, body.error.code]).toEqual([path, 401, 'INVALID_API_KEY']);
    }
  });
});
