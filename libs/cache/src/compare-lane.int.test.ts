import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createRedis } from '@pacspace/testing';
import { type CachedBalance, encodeBalance } from './cached-balance.js';
import { compareLane } from './compare-lane.js';
import { type Cache, closeCache, connectCache } from './connect-cache.js';
import { type CustomerOfLane, laneKey } from './lane-hash.js';
import { putTurn } from './put-turn.js';

let cache: Cache;
let lane = 0;

beforeAll(async () => {
  const { url } = await createRedis();
  cache = connectCache({
    url,
    name: 'test',
    commandTimeoutMs: 20_000,
    onError: (error) => {
      throw error;
    },
  });
  await new Promise((resolve) => cache.redis.once('ready', resolve));
});
afterAll(() => closeCache(cache));
beforeEach(() => {
  lane += 1;
});

function customer(i: number, lastSequence = 10): CustomerOfLane & CachedBalance {
  return {
    environmentId: 'env',
    customerId: `c${i}`,
    customerNo: i,
    count: i + 1,
    balance: `${i}.5`,
    lastRecordKey: i.toString(16).padStart(32, '0'),
    lastSequence,
    firstRecordedAtMs: 1,
    lastRecordedAtMs: 2,
  };
}

const customers = Array.from({ length: 1_203 }, (_, i) => customer(i));
const put = (changed: readonly (CustomerOfLane & CachedBalance)[], fromSequence = 0, sequence = 10) =>
  putTurn(cache, { lane, fromSequence, sequence, envelopes: sequence, customers: changed });
const spoil = (i: number, changes: Partial<CachedBalance>) =>
  cache.redis.hset(laneKey(lane), `env\nc${i}`, encodeBalance({ ...customer(i), ...changes }));
const compare = (ledger: readonly (CustomerOfLane & CachedBalance)[], sequence = 10) =>
  compareLane(cache, { lane, sequence, customers: ledger });

describe('the self-check of a lane', () => {
  it('finds nothing when cache and ledger are equal', async () => {
    await put(customers);
    expect(await compare(customers)).toEqual({ lane, equal: 1_203, uncached: 0, moved: 0, differences: [] });
  });

  it('has nothing to say of what is not cached', async () => {
    expect(await compare(customers)).toMatchObject({ equal: 0, uncached: 1_203, differences: [] });
    // The generation began after 10: customers that have not changed since then need not be there.
    await put([], 10, 12);
    expect(await compare(customers, 12)).toMatchObject({ uncached: 1_203, differences: [] });
  });

  it('reports every single difference, each by its kind', async () => {
    await put([...customers, customer(5_000)]);
    await spoil(3, { balance: '3.500000000001' });
    await spoil(700, { count: 1 });
    await spoil(9, { lastSequence: 8 });
    await spoil(1_200, { lastSequence: 11 });
    await cache.redis.hdel(laneKey(lane), 'env\nc1202');
    await cache.redis.hset(laneKey(lane), 'env\nc5', 'garbage');
    const { differences, equal } = await compare(customers);
    expect(equal).toBe(1_203 - 6);
    expect(differences.map(({ kind, customerId }) => `${kind} ${customerId}`).sort()).toEqual([
      'ahead c1200',
      'differs c3',
      'differs c700',
      'differs c9',
      'missing c1202',
      'unknown c5000',
      'unreadable c5',
    ]);
    const [first] = differences;
    expect([first?.cached?.balance, first?.ledger?.balance]).toEqual(['3.500000000001', '3.5']);
  });

  it('does not judge what moved while it looked', async () => {
    await put(customers);
    // After the ledger's snapshot at 10: one customer changes, one is made.
    await put([{ ...customer(1, 12), count: 9 }, customer(6_000, 12)], 10, 12);
    expect(await compare(customers)).toMatchObject({ equal: 1_202, moved: 2, differences: [] });
    // The ledger is at 14, the cache still at 12.
    const ahead = [{ ...customer(2, 14), count: 5 }];
    expect(await compareLane(cache, { lane, sequence: 14, customers: ahead })).toMatchObject({ moved: 1 });
  });
});
