import { describe, expect, it } from '@jest/globals';
import { BreakdownFold } from './breakdown.js';
import { OTHER_VALUE, ValueBudget, Values } from './values.js';

describe('Values', () => {
  it('gives each text a number, and what is past the budget of all columns one in common', () => {
    const budget = new ValueBudget();
    budget.values = 2;
    const [reasons, regions] = [new Values(budget), new Values(budget)];
    const [a, b] = [reasons.idOf('a'), regions.idOf('b')];
    expect([reasons.textOf(a), regions.textOf(b)]).toEqual(['a', 'b']);
    expect(reasons.idOf('a')).toBe(a);
    expect([reasons.idOf('c'), regions.idOf('c')]).toEqual([OTHER_VALUE, OTHER_VALUE]);
    expect(reasons.textOf(OTHER_VALUE)).toBeUndefined();
  });
});

describe('BreakdownFold', () => {
  it('adds up what has more values than it holds, under "other", and loses nothing', () => {
    const reasons = new Values(new ValueBudget());
    const fold = new BreakdownFold([['reason', reasons]], 20);
    const found = (i: number): Parameters<typeof fold.add>[0] => ({
      class: 'onlyHere',
      here: [{ position: i, amount: 1n, timeMs: 0, isOutside: false }],
      there: [],
      timeMs: 0,
    });
    for (let i = 0; i < 30; i += 1) fold.add(found(i), [reasons.idOf(`reason ${i}`)]);
    const cells = fold.cells('total', { by: 'reason' });
    expect(cells).toHaveLength(21);
    expect(cells.filter(({ isOther }) => isOther)).toMatchObject([{ value: undefined, contribution: 10n }]);
    expect(fold.cells('total')).toMatchObject([{ contribution: 30n }]);
    expect(
      [...fold.rows()].reduce(
        (sum, { total, slicing }) => sum + (slicing === 'reason' ? total.contribution : 0n),
        0n,
      ),
    ).toBe(30n);
  });
});
