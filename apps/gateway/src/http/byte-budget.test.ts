import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';

/** The order in which takers got their share. */
function follow(budget: ByteBudget) {
  const got: string[] = [];
  const releases = new Map<string, () => void>();
  const take = (name: string, bytes: number): void => {
    void budget.take(bytes).then((release) => {
      got.push(name);
      releases.set(name, release);
    });
  };
  return { got, take, release: (name: string) => releases.get(name)?.() };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('ByteBudget', () => {
  it('lets in what fits, then in the order of arrival, large ones before smaller ones behind them', async () => {
    const budget = new ByteBudget({ bytes: 100, waitLimit: 10, waitMs: 10_000 });
    const { got, take, release } = follow(budget);
    take('a', 60);
    take('b', 30);
    take('large', 100);
    take('small', 5);
    await settled();
    expect(got).toEqual(['a', 'b']);
    release('a');
    await settled();
    expect(got).toEqual(['a', 'b']);
    release('b');
    release('b');
    await settled();
    expect(got).toEqual(['a', 'b', 'large']);
    release('large');
    await settled();
    expect(got).toEqual(['a', 'b', 'large', 'small']);
    expect(budget.level()).toEqual({ used: 5, limit: 100 });
  });

  it('takes a body larger than the whole budget alone', async () => {
    const budget = new ByteBudget({ bytes: 100, waitLimit: 10, waitMs: 10_000 });
    const release = await budget.take(1_000);
    expect(budget.level().used).toBe(100);
    release();
    expect(budget.level().used).toBe(0);
  });

  it('refuses one too many at once, and one that has waited too long; the next is let in then', async () => {
    const budget = new ByteBudget({ bytes: 100, waitLimit: 2, waitMs: 20 });
    await budget.take(60);
    const tooLarge = budget.take(50);
    const small = budget.take(40);
    await expect(budget.take(1)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterSeconds: 1 });
    await expect(tooLarge).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await small;
    expect(budget.level().used).toBe(100);
  });
});
