import { describe, expect, it } from '@jest/globals';
import { parsePeriod, periodEndMs, periodStartMs } from '@pacspace/domain';
import type { CustomerFacts, PeriodFacts } from './read-customer.js';
import { countAtMost, selectEntries, whereSelected } from './select-entries.js';

const september = parsePeriod('2026-09')!;
const day = 86_400_000;

function facts(periods: readonly Partial<PeriodFacts>[]): CustomerFacts {
  const whole = periods.map((one) => ({
    period: september,
    count: 1,
    net: 1n,
    firstIndex: 0,
    lastIndex: 0,
    firstAtMs: periodStartMs(one.period ?? september),
    lastAtMs: periodEndMs(one.period ?? september) - 1,
    frontier: new Uint8Array(32),
    ...one,
  }));
  return {
    number: 7,
    count: Math.max(...whole.map((one) => one.lastIndex)) + 1,
    balance: 0n,
    firstRecordedAtMs: 0,
    lastRecordedAtMs: 0,
    lastRecordKey: '',
    periods: whole,
  };
}

/** Indexes 0–9 in September, 10–19 in October, 20–29 in November; one of November’s happened in September. */
const customer = facts([
  { period: september, count: 10, firstIndex: 0, lastIndex: 9 },
  { period: september + 1, count: 10, firstIndex: 10, lastIndex: 19 },
  {
    period: september + 2,
    count: 10,
    firstIndex: 20,
    lastIndex: 29,
    firstAtMs: periodStartMs(september) + 3 * day,
  },
]);
const months = (list: readonly PeriodFacts[]) => list.map((one) => one.period - september);

describe('selecting entries', () => {
  it('takes everything as one run of indexes when nothing is restricted', () => {
    const all = selectEntries(customer, {});
    expect(all).toMatchObject({ fromIndex: 0, toIndex: 30, contiguous: true, fromMs: undefined });
    expect(countAtMost(all)).toBe(30);
    expect(months(all.whole)).toEqual([0, 1, 2]);
  });

  it('takes a period as a whole, and reads nothing', () => {
    const october = selectEntries(customer, { period: september + 1 });
    expect([months(october.whole), months(october.partial), october.contiguous]).toEqual([[1], [], false]);
    expect(countAtMost(october)).toBe(10);
  });

  it('finds nothing in a period without deltas', () => {
    const none = selectEntries(customer, { period: september + 5 });
    expect([none.whole, none.partial, none.contiguous, countAtMost(none)]).toEqual([[], [], false, 0]);
  });

  it('looks for a window’s late deltas in the later periods that have some, and in no others', () => {
    const window = selectEntries(customer, {
      fromMs: periodStartMs(september),
      toMs: periodEndMs(september),
    });
    expect([months(window.whole), months(window.partial)]).toEqual([[0], [2]]);
    expect(window.contiguous).toBe(false);
  });

  it('reads only the months at the two ends of a window', () => {
    const year = facts(
      Array.from({ length: 12 }, (_, i) => ({
        period: september + i,
        count: 5,
        firstIndex: 5 * i,
        lastIndex: 5 * i + 4,
      })),
    );
    const window = selectEntries(year, {
      fromMs: periodStartMs(september + 1) + day,
      toMs: periodStartMs(september + 10) + day,
    });
    expect([months(window.whole), months(window.partial)]).toEqual([
      [2, 3, 4, 5, 6, 7, 8, 9],
      [1, 10],
    ]);
  });

  it('drops a bound that leaves nothing out', () => {
    const window = selectEntries(customer, { fromMs: 0, toMs: periodEndMs(september + 1) });
    expect(window.fromMs).toBeUndefined();
    expect(window.toMs).toBe(periodEndMs(september + 1));
    expect(selectEntries(customer, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }).contiguous).toBe(true);
  });

  it('keeps within the indexes that there are, and never goes backwards', () => {
    expect(selectEntries(customer, { fromIndex: 12, toIndex: 1_000 })).toMatchObject({
      fromIndex: 12,
      toIndex: 30,
      contiguous: true,
    });
    const nothing = selectEntries(customer, { fromIndex: 25, toIndex: 20 });
    expect([nothing.fromIndex, nothing.toIndex, countAtMost(nothing)]).toEqual([25, 25, 0]);
  });

  it('names partitions, indexes and only the bounds that count', () => {
    const window = selectEntries(customer, { fromMs: periodStartMs(september) + day });
    const { text, values } = whereSelected(window, window.partial);
    expect(text).toMatch(
      /^customer_no = \$1 AND period = ANY\(\$2::int4\[\]\) AND idx >= \$3 AND idx < \$4 AND .* >= \$5$/,
    );
    expect(values).toEqual([7, `{${september}}`, 0, 30, periodStartMs(september) + day]);
  });
});
