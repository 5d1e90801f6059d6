import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRedis } from '@pacspace/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import type { CachedBalance } from './cached-balance.js';
import { type Cache, closeCache, connectCache } from './connect-cache.js';
import { forgetLane } from './forget-lane.js';
import { getBalance, getLane } from './get-balance.js';
import { laneKey } from './lane-hash.js';
import { type CachedTurn, type PutOutcome, putTurn } from './put-turn.js';

const CUSTOMERS = ['a', 'b', 'c', 'd', 'e'] as const;
const LENGTH = 24;

/** A log of one lane: which customer each envelope changes. Every state of the lane follows from it. */
type History = readonly (typeof CUSTOMERS)[number][];
const history = fc.array(fc.constantFrom(...CUSTOMERS), { minLength: LENGTH, maxLength: LENGTH });

function stateAt(log: History, customerId: string, sequence: number): CachedBalance | undefined {
  const at = log.flatMap((name, i) => (name === customerId && i < sequence ? [i + 1] : []));
  const last = at.at(-1);
  if (last === undefined) return undefined;
  return {
    customerNo: CUSTOMERS.indexOf(customerId as 'a'),
    count: at.length,
    balance: String(at.reduce((sum, n) => sum + n, 0)),
    lastRecordKey: last.toString(16).padStart(32, '0'),
    lastSequence: last,
    firstRecordedAtMs: 1_000 + (at[0] ?? 0),
    lastRecordedAtMs: 1_000 + last,
  };
}

/** The turn that a projector makes of (from, to], whatever turns were made before. */
function turnOf(log: History, lane: number, [fromSequence, sequence]: readonly [number, number]): CachedTurn {
  const changed = [...new Set(log.slice(fromSequence, sequence))];
  const customers = changed.flatMap((customerId) => {
    const state = stateAt(log, customerId, sequence);
    return state === undefined ? [] : [{ environmentId: 'env', customerId, ...state }];
  });
  return { lane, fromSequence, sequence, envelopes: sequence, customers };
}

let cache: Cache;
let other: Cache;
let raw: Redis;
let lane = 0;

beforeAll(async () => {
  const { url } = await createRedis();
  const connect = () =>
    connectCache({ url, name: 'test', onError: (error) => fail(error), commandTimeoutMs: 20_000 });
  cache = connect();
  other = connect();
  raw = new Redis(url);
  await Promise.all(
    [cache, other].map(({ redis }) => new Promise((resolve) => redis.once('ready', resolve))),
  );
});
afterAll(() => {
  closeCache(cache);
  closeCache(other);
  raw.disconnect();
});
const fail = (error: Error): never => {
  throw error;
};

/** What every reader relies on (put-turn.ts), looked at from outside. */
async function expectInvariant(log: History, ofLane: number): Promise<void> {
  const position = await getLane(cache, ofLane);
  if (position === undefined) {
    expect(await raw.exists(laneKey(ofLane))).toBe(0);
    return;
  }
  expect(position.envelopes).toBe(position.sequence);
  const answers = await Promise.all(
    CUSTOMERS.map((customerId) => getBalance(cache, { lane: ofLane, environmentId: 'env', customerId })),
  );
  for (const [i, customerId] of CUSTOMERS.entries()) {
    const truth = stateAt(log, customerId, position.sequence);
    const cached = answers[i]?.balance;
    const mustBeThere = truth !== undefined && truth.lastSequence > position.since;
    if (mustBeThere || cached !== undefined) expect(cached).toEqual(truth);
  }
}

const range = fc
  .tuple(fc.nat(LENGTH - 1), fc.integer({ min: 1, max: LENGTH }))
  .map(([from, length]) => [from, Math.min(LENGTH, from + length)] as const);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('turn' as const), range }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('next' as const), length: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('save' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const) }) },
);

describe('putting a turn', () => {
  it('never leaves a balance that is not true at its position, whatever turns come in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(history, fc.array(step, { maxLength: 25 }), async (log, steps) => {
        lane += 1;
        let saved: Buffer | null = null;
        for (const one of steps) {
          const at = (await getLane(cache, lane))?.sequence;
          if (one.kind === 'flush') await forgetLane(cache, lane);
          if (one.kind === 'save') saved = await raw.dumpBuffer(laneKey(lane));
          if (one.kind === 'restore' && saved !== null) await raw.restore(laneKey(lane), 0, saved, 'REPLACE');
          if (one.kind === 'turn' || one.kind === 'next') {
            const [from, to] = one.kind === 'turn' ? one.range : [at ?? 0, (at ?? 0) + one.length];
            if (to > LENGTH) continue;
            const outcome = await putTurn(cache, turnOf(log, lane, [from, to]));
            expect(outcome).toBe(expectedOutcome(at, from, to));
            expect((await getLane(cache, lane))?.sequence).toBe(outcome === 'older' ? at : to);
          }
          await expectInvariant(log, lane);
        }
      }),
      { numRuns: 80 },
    );
  }, 30_000);

  function expectedOutcome(at: number | undefined, from: number, to: number): PutOutcome {
    if (at !== undefined && at >= to) return 'older';
    return at === undefined || at < from ? 'renewed' : 'written';
  }

  it('is never seen half done, with two projectors writing at once and readers between them', async () => {
    const log = Array.from({ length: 400 }, (_, i) => CUSTOMERS[(i * 7) % 5] ?? 'a');
    const mine = (lane += 1);
    const write = async (writer: Cache, length: number) => {
      for (let from = 0; from < log.length; from += length) {
        await putTurn(writer, turnOf(log, mine, [from, Math.min(log.length, from + length)]));
      }
    };
    let writing = true;
    let reads = 0;
    const read = async () => {
      while (writing) {
        const answer = await getBalance(other, { lane: mine, environmentId: 'env', customerId: 'c' });
        if (answer?.balance !== undefined) {
          expect(answer.balance).toEqual(stateAt(log, 'c', answer.sequence));
          reads += 1;
        }
      }
    };
    const readers = [read(), read()];
    await Promise.all([write(cache, 3), write(other, 5)]);
    writing = false;
    await Promise.all(readers);
    expect(reads).toBeGreaterThan(20);
    expect(await getLane(cache, mine)).toMatchObject({ sequence: 400 });
    await expectInvariant(log, mine);
  });

  it('takes a turn again, when its reply was lost, without changing anything', async () => {
    const log: History = ['a', 'b', 'a'];
    const mine = (lane += 1);
    const turn = turnOf(log, mine, [0, 2]);
    expect(await putTurn(cache, turn)).toBe('renewed');
    const before = await raw.hgetall(laneKey(mine));
    expect(await putTurn(cache, turn)).toBe('older');
    expect(await raw.hgetall(laneKey(mine))).toEqual(before);
  });

  it('moves the position by a turn that changed nobody', async () => {
    const mine = (lane += 1);
    await putTurn(cache, { lane: mine, fromSequence: 0, sequence: 7, envelopes: 1, customers: [] });
    expect(
      await putTurn(cache, { lane: mine, fromSequence: 7, sequence: 9, envelopes: 2, customers: [] }),
    ).toBe('written');
    expect(await getLane(cache, mine)).toEqual({ sequence: 9, envelopes: 2, since: 0 });
  });

  it('takes many customers at once', async () => {
    const mine = (lane += 1);
    const customers = Array.from({ length: 20_001 }, (_, i) => ({
      environmentId: 'env',
      customerId: `customer_${i}`,
      customerNo: i,
      count: 1,
      balance: String(i),
      lastRecordKey: '0'.repeat(32),
      lastSequence: 1,
      firstRecordedAtMs: 1,
      lastRecordedAtMs: 1,
    }));
    await putTurn(cache, { lane: mine, fromSequence: 0, sequence: 1, envelopes: 1, customers });
    const last = await getBalance(cache, { lane: mine, environmentId: 'env', customerId: 'customer_20000' });
    expect(last).toMatchObject({ sequence: 1, balance: { balance: '20000' } });
    expect(await raw.hlen(laneKey(mine))).toBe(20_001 + 3);
  });

  it('refuses what is no turn', async () => {
    const turn = { lane, fromSequence: 5, sequence: 5, envelopes: 1, customers: [] };
    await expect(putTurn(cache, turn)).rejects.toThrow(RangeError);
  });
});

describe('getting a balance', () => {
  it('says nothing of a lane that is not cached, and does not take absence for zero', async () => {
    const mine = (lane += 1);
    const of = { lane: mine, environmentId: 'env', customerId: 'a' };
    expect(await getBalance(cache, of)).toBeUndefined();
    await putTurn(cache, turnOf(['b'], mine, [0, 1]));
    expect(await getBalance(cache, of)).toEqual({ sequence: 1, envelopes: 1 });
  });

  it('keeps environments apart', async () => {
    const mine = (lane += 1);
    await putTurn(cache, turnOf(['a'], mine, [0, 1]));
    const answer = await getBalance(cache, { lane: mine, environmentId: 'other', customerId: 'a' });
    expect(answer?.balance).toBeUndefined();
  });

  it('fails on what it cannot read', async () => {
    const mine = (lane += 1);
    await putTurn(cache, turnOf(['a'], mine, [0, 1]));
    await raw.hset(laneKey(mine), 'env\na', '{"count":1}');
    await expect(
      getBalance(cache, { lane: mine, environmentId: 'env', customerId: 'a' }),
    ).rejects.toMatchObject({
      code: 'CORRUPT',
    });
  });
});
