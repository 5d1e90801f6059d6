import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Tally } from './tally.js';

describe('Tally', () => {
  it('loses no sum, however many groups there are', () => {
    const entry = fc.record({
      label: fc.string({ maxLength: 2 }),
      kind: fc.constantFrom('fresh' as const, 'known' as const),
      amount: fc.bigInt(),
    });
    fc.assert(
      fc.property(fc.array(entry), fc.integer({ min: 1, max: 5 }), (entries, most) => {
        const tally = new Tally(most);
        for (const { label, kind, amount } of entries) tally.add([label], kind, amount);
        const groups = tally.list();
        expect(groups.length).toBeLessThanOrEqual(most + 1);
        for (const kind of ['fresh', 'known'] as const) {
          const own = entries.filter((one) => one.kind === kind);
          expect(groups.reduce((sum, group) => sum + group[kind].amount, 0n)).toBe(
            own.reduce((sum, { amount }) => sum + amount, 0n),
          );
          expect(tally.total(kind)).toBe(own.length);
        }
      }),
    );
  });

  it('keeps labels apart that join to the same text', () => {
    const tally = new Tally(10);
    tally.add(['a', 'b,c'], 'fresh', 1n);
    tally.add(['a,b', 'c'], 'fresh', 2n);
    expect(tally.list().map(({ fresh }) => fresh.amount)).toEqual([1n, 2n]);
  });

  it('says which sums are of several groups', () => {
    const tally = new Tally(1);
    for (const label of ['a', 'b', 'c']) tally.add([label], 'fresh', 1n);
    expect(tally.list().map(({ labels, fresh }) => [labels[0], fresh.count])).toEqual([
      ['a', 1],
      ['(others)', 2],
    ]);
  });
});
