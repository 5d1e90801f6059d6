import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SubsetSearch, findSubset } from './find-subset.js';

const fresh = (): SubsetSearch => ({ stepsLeft: 1_000_000, cutShort: 0 });
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n);

describe('findSubset', () => {
  it('prefers the shortest run of neighbours, and then the smallest choice', () => {
    expect(findSubset([1n, 9n, 5n, 5n, 2n, 8n], { target: 10n, least: 2 }, fresh())).toEqual([0, 1]);
    expect(findSubset([4n, 9n, 6n], { target: 10n, least: 2 }, fresh())).toEqual([0, 2]);
    expect(findSubset([10n, 3n], { target: 10n, least: 2 }, fresh())).toBeUndefined();
    expect(findSubset([10n, 3n], { target: 10n, least: 1 }, fresh())).toEqual([0]);
    expect(findSubset([5n, -5n, 7n], { target: 0n, least: 2 }, fresh())).toEqual([0, 1]);
    expect(findSubset([], { target: 0n, least: 1 }, fresh())).toBeUndefined();
  });

  it('finds a sum wherever there is one of at most six, and nothing that is none', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -50n, max: 50n }), { maxLength: 9 }),
        fc.bigInt({ min: -60n, max: 60n }),
        fc.constantFrom(1, 2),
        (amounts, target, least) => {
          const search = fresh();
          const found = findSubset(amounts, { target, least }, search);
          const choices = Array.from({ length: 2 ** amounts.length }, (_, mask) =>
            amounts.filter((_amount, i) => (mask >> i) & 1),
          );
          const exists = choices.some(
            (some) => some.length >= least && some.length <= 6 && sum(some) === target,
          );
          if (exists) expect(found).toBeDefined();
          if (found === undefined) return;
          expect(new Set(found).size).toBe(found.length);
          expect(found.length).toBeGreaterThanOrEqual(least);
          expect(sum(found.map((i) => amounts[i] ?? 0n))).toBe(target);
        },
      ),
    );
  });

  it('ends within its bounds, and says that it did', () => {
    const search = { stepsLeft: 50_000, cutShort: 0 };
    const amounts = Array.from({ length: 1_000 }, (_, i) => BigInt(2 * i + 2) * 1_000_003n);
    for (let i = 0; i < 10; i += 1)
      expect(findSubset(amounts, { target: 1n, least: 2 }, search)).toBeUndefined();
    expect(search.cutShort).toBe(10);
    expect(search.stepsLeft).toBeLessThanOrEqual(0);
  });
});
