import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, retry, seededRandom } from './backoff.js';
import { sleep } from './sleep.js';

const quick = { firstMs: 1, maxMs: 2 };

describe('backoffMs', () => {
  it('doubles up to the most, and half of it is random', () => {
    const waits = (random: () => number) =>
      [0, 1, 2, 3, 4, 1000].map((attempt) => backoffMs(attempt, { firstMs: 100, maxMs: 1000, random }));
    expect(waits(() => 0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(waits(() => 1)).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('is between half and whole for any seed, and the same for the same', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(2000), (seed, attempt) => {
        const wait = () => backoffMs(attempt, { firstMs: 100, maxMs: 5000, random: seededRandom(seed) });
        const full = Math.min(5000, 100 * 2 ** attempt);
        return wait() === wait() && wait() >= full / 2 && wait() <= full;
      }),
    );
  });
});

describe('seededRandom', () => {
  it('is spread evenly, and another for another seed', () => {
    const random = seededRandom(42);
    const tenths = new Array<number>(10).fill(0);
    for (let count = 0; count < 10_000; count++) tenths[Math.floor(random() * 10)]!++;
    // 1,000 expected with a standard deviation of 30.
    for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(180);
    expect(seededRandom(1)()).not.toBe(seededRandom(2)());
  });
});

describe('sleep', () => {
  it('tells whether it slept', async () => {
    const startedAt = performance.now();
    expect(await sleep(15)).toBe(true);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(14);
    expect(await sleep(60_000, AbortSignal.timeout(5))).toBe(false);
    expect(await sleep(60_000, AbortSignal.abort())).toBe(false);
  });
});

describe('retry', () => {
  const failing = (times: number) => {
    const state = { tries: 0 };
    const work = async (attempt: number) => {
      expect(attempt).toBe(state.tries);
      if (state.tries++ < times) throw new Error(`try ${attempt}`);
      return Promise.resolve('done');
    };
    return { state, work };
  };

  it('tries until it works', async () => {
    const { state, work } = failing(2);
    const told: unknown[] = [];
    const onRetry = (error: unknown, waitMs: number, attempt: number) =>
      void told.push([(error as Error).message, waitMs > 0, attempt]);
    expect(await retry(work, { attempts: 5, backoff: quick, onRetry })).toBe('done');
    expect(state.tries).toBe(3);
    expect(told).toEqual([
      ['try 0', true, 0],
      ['try 1', true, 1],
    ]);
  });

  it('throws the last error when tries run out or it cannot help', async () => {
    const { state, work } = failing(9);
    await expect(retry(work, { attempts: 3, backoff: quick })).rejects.toThrow('try 2');
    expect(state.tries).toBe(3);
    const other = failing(9);
    await expect(
      retry(other.work, { attempts: 3, backoff: quick, isRetryable: () => false }),
    ).rejects.toThrow('try 0');
    expect(other.state.tries).toBe(1);
  });

  it('ends its waiting when told to', async () => {
    const { state, work } = failing(9);
    const options = {
      attempts: Infinity,
      backoff: { firstMs: 60_000, maxMs: 60_000 },
      signal: AbortSignal.timeout(10),
    };
    await expect(retry(work, options)).rejects.toThrow('try 0');
    expect(state.tries).toBe(1);
  });
});
