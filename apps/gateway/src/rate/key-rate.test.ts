import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KeyRate, type Rate } from './key-rate.js';
import { rateFields } from './rate-fields.js';

const rates: fc.Arbitrary<Rate> = fc.record({
  perSecond: fc.constantFrom(0.1, 1, 3, 50, 1_000, 80_000),
  burst: fc.integer({ min: 1, max: 5_000 }),
});
const asked = fc.array(
  fc.record({
    afterMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 2_000_000 }),
    ),
    cost: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12_000 })),
  }),
  { maxLength: 60 },
);

describe('the rate of a key', () => {
  it('never lets more through in any time than a burst and what is earned in it, but for one request over the burst', () => {
    fc.assert(
      fc.property(rates, asked, (rate, requests) => {
        const key = new KeyRate(rate);
        const taken: { at: number; cost: number }[] = [];
        let now = 0;
        for (const { afterMs, cost } of requests) {
          now += afterMs;
          if (key.take(cost, now) === 0) taken.push({ at: now, cost });
        }
        for (const [from, first] of taken.entries()) {
          let sum = 0;
          for (const one of taken.slice(from)) {
            // The last one may be larger than the burst; it counts as a burst then.
            const most = rate.burst + ((one.at - first.at) / 1_000) * rate.perSecond;
            expect(sum + Math.min(one.cost, rate.burst)).toBeLessThanOrEqual(most + 1e-3);
            sum += one.cost;
          }
        }
      }),
    );
  });

  it('takes what it refused after the time that it named, and not before', () => {
    fc.assert(
      fc.property(rates, asked, (rate, requests) => {
        const key = new KeyRate(rate);
        let now = 0;
        for (const { afterMs, cost } of requests) {
          now += afterMs;
          const waitMs = key.take(cost, now);
          if (waitMs === 0) continue;
          if (waitMs > 0.1) expect(key.take(cost, now + waitMs - 0.1)).toBeGreaterThan(0);
          now += waitMs + 0.01;
          expect(key.take(cost, now)).toBe(0);
        }
      }),
    );
  });

  it('tells what is left: so much is taken at once, and no more', () => {
    fc.assert(
      fc.property(rates, asked, (rate, requests) => {
        const key = new KeyRate(rate);
        let now = 0;
        for (const { afterMs, cost } of requests) {
          now += afterMs;
          key.take(cost, now);
        }
        const { remaining, fullInMs } = key.standing(now);
        expect(remaining).toBeLessThanOrEqual(rate.burst);
        if (remaining > 0) expect(key.take(remaining, now)).toBe(0);
        expect(key.take(1, now)).toBeGreaterThan(0);
        expect(fullInMs === 0).toBe(remaining === rate.burst);
      }),
    );
  });

  it('counts what went through other gateways, once it has heard of it', () => {
    const [here, there] = [
      new KeyRate({ perSecond: 1, burst: 10 }),
      new KeyRate({ perSecond: 1, burst: 10 }),
    ];
    expect([here.take(6, 0), there.take(6, 0)]).toEqual([0, 0]);
    // What the shared store makes of it: 12 s ahead.
    const told = here.takeUnshared() + there.takeUnshared();
    expect(told).toBe(12_000);
    expect(here.take(1, 100)).toBe(0);
    here.hear(told - 200, 200);
    // The one that was taken while the answer was on its way is not forgotten.
    expect(here.standing(200)).toEqual({ remaining: 0, fullInMs: 12_800 });
    expect(here.takeUnshared()).toBe(1_000);
  });
});

describe('the fields of the answer', () => {
  it.each([
    [
      { perSecond: 10, burst: 100 },
      { remaining: 40, fullInMs: 6_000 },
      ['"deltas";q=100;w=10', '"deltas";r=40;t=6'],
    ],
    [
      { perSecond: 100, burst: 10 },
      { remaining: 10, fullInMs: 0 },
      ['"deltas";q=10;w=1', '"deltas";r=10;t=0'],
    ],
    [
      { perSecond: 0.5, burst: 3 },
      { remaining: 0, fullInMs: 7_001 },
      ['"deltas";q=3;w=6', '"deltas";r=0;t=8'],
    ],
  ])('are whole numbers of deltas and seconds: %j %j', (rate, standing, expected) => {
    expect(rateFields(rate, standing).map(([, value]) => value)).toEqual(expected);
  });
});
