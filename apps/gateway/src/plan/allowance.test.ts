import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApiError } from '@pacspace/wire';
import { Allowance, type AllowanceStore } from './allowance.js';
import { LandedUnits } from './landed-units.js';
import { type Purse, TwoPurses } from './purse.js';

const LANES = 2;
const LEASE_MS = 60_000;

const refusals = {
  usedUp: (allowed: number, used: number) => new ApiError('PLAN_LIMIT_EXCEEDED', `${used} of ${allowed}`),
  uncounted: () => new ApiError('UNAVAILABLE', 'not known'),
};

/** A month's allowance, the log and its projector, as gateways see them: answers may be lost, and nothing else is wrong. */
class Month {
  readonly log: { readonly key: string }[][] = Array.from({ length: LANES }, () => []);
  private readonly reached = Array.from({ length: LANES }, () => 0);
  private readonly recorded = new Set<string>();
  private readonly leases = new Map<string, number>();
  readonly gateways: Allowance[] = [];

  constructor(readonly allowed: number) {}

  get used(): number {
    return this.recorded.size;
  }

  /** What will have been recorded once all is projected. */
  get letThrough(): number {
    return new Set(this.log.flat().map(({ key }) => key)).size;
  }

  project(): void {
    for (const [lane, entries] of this.log.entries()) {
      for (const { key } of entries) this.recorded.add(key);
      this.reached[lane] = entries.length;
    }
  }

  storeOf(gateway: string, run: <T>(name: string, work: () => T) => Promise<T>): AllowanceStore {
    return {
      exchange: ({ keep, want, most, allowed }) =>
        run('exchange', () => {
          const kept = keep(new Map(this.reached.entries()));
          this.leases.delete(gateway);
          const others = [...this.leases.values()].reduce((sum, units) => sum + units, 0);
          const left = allowed - this.used - others - kept;
          const asked = want === 0 ? 0 : Math.max(want, Math.min(most, Math.ceil(left / 8)));
          const granted = Math.max(0, Math.min(left, asked));
          this.leases.set(gateway, kept + granted);
          return { granted, used: this.used, silent: [] };
        }),
      reclaim: () => Promise.resolve(),
      countEnvelopes: () => run('count', () => this.log.map(({ length }) => length)),
      waitUntilReached: () => run('wait', () => this.project()),
      callUnitsIn: () =>
        run('call in', () => {
          this.project();
          for (const one of this.gateways) one.callIn();
        }),
    };
  }
}

describe('an allowance', () => {
  it('lets exactly what is allowed through, over several gateways, in whatever order things happen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.integer({ min: 0, max: 12 }),
        fc.array(
          fc.record({
            gateway: fc.integer({ min: 0, max: 2 }),
            lane: fc.integer({ min: 0, max: LANES - 1 }),
            /** Few keys: some deltas are sent twice, through two gateways. */
            key: fc.integer({ min: 0, max: 25 }),
            isUnsent: fc.constantFrom(false, false, false, true),
          }),
          { minLength: 1, maxLength: 40 },
        ),
        async (scheduler, allowed, emits) => {
          const month = new Month(allowed);
          const run = async <T>(name: string, work: () => T): Promise<T> => {
            await scheduler.schedule(Promise.resolve(), name);
            const result = work();
            await scheduler.schedule(Promise.resolve(), `${name} answered`);
            return result;
          };
          const gateways = Array.from({ length: 3 }, (_, i) => {
            const allowance = new Allowance({
              store: month.storeOf(`g${i}`, run),
              leaseMs: LEASE_MS,
              refusals,
            });
            allowance.allowed = allowed;
            month.gateways.push(allowance);
            return allowance;
          });
          const outcomes = emits.map(async ({ gateway, lane, key, isUnsent }) => {
            const purse = gateways[gateway]!;
            await scheduler.schedule(Promise.resolve(), 'emit');
            while (!purse.trySpend()) {
              const refusal = await purse.refill();
              if (refusal !== undefined) return refusal.code;
            }
            expect(month.letThrough).toBeLessThanOrEqual(allowed);
            await scheduler.schedule(Promise.resolve(), 'publish');
            if (isUnsent) {
              purse.end(lane, 'unsent');
              return 'unsent';
            }
            month.log[lane]!.push({ key: String(key) });
            await scheduler.schedule(Promise.resolve(), 'acknowledge');
            purse.end(lane, 'stored');
            return 'sent';
          });
          await scheduler.waitFor(Promise.all(outcomes));
          month.project();
          expect(month.used).toBeLessThanOrEqual(allowed);
          // Nobody is told that the plan is used up unless it is.
          const codes = await Promise.all(outcomes);
          if (codes.includes('PLAN_LIMIT_EXCEEDED')) expect(month.used).toBe(allowed);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('units of deltas that are perhaps in the log', () => {
  it('have landed when what may still come there will not come any more', () => {
    const doubtMs = 1_000;
    const landed = new LandedUnits(doubtMs);
    landed.add(1, true);
    for (let i = 0; i < 3; i += 1) landed.add(0, false);
    expect([landed.count, [...landed.take(performance.now())]]).toEqual([4, [[1, 1]]]);
    landed.settle(1, 1);
    expect([landed.count, [...landed.take(performance.now() + doubtMs)]]).toEqual([3, [[0, 3]]]);
    landed.settle(0, 3);
    expect([landed.count, [...landed.take(Infinity)]]).toEqual([0, []]);
  });
});

describe('around the turn of a month', () => {
  const purse = (units: number, storedByMs: number): Purse & { spent: number } => ({
    ...{ storedByMs, spent: 0 },
    trySpend() {
      if (this.spent === units) return false;
      this.spent += 1;
      return true;
    },
    refill: () => Promise.resolve(new ApiError('PLAN_LIMIT_EXCEEDED', `${units}`)),
    end() {
      this.spent -= 1;
    },
  });

  it('a delta is paid for in both months, or in neither', async () => {
    const [ending, beginning] = [purse(3, 20), purse(2, 10)];
    const both = new TwoPurses(ending, beginning);
    expect([both.trySpend(), both.trySpend(), both.trySpend()]).toEqual([true, true, false]);
    expect([ending.spent, beginning.spent, both.storedByMs]).toEqual([2, 2, 10]);
    both.end(0, 'stored');
    expect([ending.spent, beginning.spent]).toEqual([1, 1]);
    expect((await both.refill())?.code).toBe('PLAN_LIMIT_EXCEEDED');
  });
});
