import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Amount } from './decimal.js';
import {
  type CustomerState,
  type FoldContext,
  type FoldOutcome,
  foldDelta,
  type LoggedDelta,
  type RejectionCode,
} from './fold.js';
import { type Period, periodOf, periodStartMs } from './period.js';

/** What stands in a lane's log, in order: deltas, and the closing of a customer's period by a seal. */
type LogItem =
  | { readonly kind: 'delta'; readonly delta: LoggedDelta; readonly recordedAtMs: number }
  | { readonly kind: 'close'; readonly name: string; readonly period: Period };

/** An outcome as data, its customer by number, so that two runs can be compared. */
type Told =
  | { kind: 'recorded'; customerNo: number; index: number; balance: Amount; period: Period; late: boolean }
  | { kind: 'duplicate' }
  | { kind: 'rejected'; code: RejectionCode };

const nameOf = (environmentId: string, customerId: string): string => `${environmentId}\n${customerId}`;

/** A ledger in memory that folds as the projector does: what a turn decides is kept for the turns after it. */
class Ledger {
  readonly customers = new Map<string, CustomerState>();
  private readonly records = new Map<string, { fingerprint: string; name: string }>();
  private readonly closed = new Set<string>();

  fold(item: LogItem): Told | undefined {
    if (item.kind === 'close') {
      this.closed.add(`${item.name}\n${item.period}`);
      return undefined;
    }
    const { delta } = item;
    const outcome = foldDelta(delta, item.recordedAtMs, this.context(delta));
    if (outcome.kind === 'recorded') {
      const name = nameOf(delta.environmentId, delta.customerId);
      this.records.set(delta.recordKey, { fingerprint: delta.fingerprint, name });
    }
    return tell(outcome);
  }

  /** As the projector does between two turns: states are written down, forgotten, and read again. */
  reload(): void {
    for (const [name, state] of this.customers) this.customers.set(name, { ...state });
  }

  private context(delta: LoggedDelta): FoldContext<CustomerState> {
    const name = nameOf(delta.environmentId, delta.customerId);
    return {
      customer: (environmentId, customerId) => {
        expect(nameOf(environmentId, customerId)).toBe(name);
        let state = this.customers.get(name);
        if (state === undefined) {
          state = { number: this.customers.size, count: 0, balance: 0n };
          this.customers.set(name, state);
        }
        return state;
      },
      recordedFingerprint: (key) => this.records.get(key)?.fingerprint,
      isRecordedFor: (key, environmentId, customerId) =>
        this.records.get(key)?.name === nameOf(environmentId, customerId),
      isClosed: (_, period) => this.closed.has(`${name}\n${period}`),
    };
  }
}

function tell(outcome: FoldOutcome<CustomerState>): Told {
  if (outcome.kind !== 'recorded') return outcome;
  const { customer, ...rest } = outcome;
  return { ...rest, customerNo: customer.number };
}

/** The rules once more, read off the whole log before each item instead of from running state. */
function naiveOutcomes(log: readonly LogItem[]): (Told | undefined)[] {
  const told: (Told | undefined)[] = [];
  const recordedBefore: LoggedDelta[] = [];
  const names: string[] = [];
  log.forEach((item, place) => {
    if (item.kind === 'close') return void told.push(undefined);
    const { delta, recordedAtMs } = item;
    const name = nameOf(delta.environmentId, delta.customerId);
    const ownBefore = recordedBefore.filter((one) => nameOf(one.environmentId, one.customerId) === name);
    const sameKey = recordedBefore.find((one) => one.recordKey === delta.recordKey);
    if (!delta.fingerprintHolds) return void told.push({ kind: 'rejected', code: 'FINGERPRINT_MISMATCH' });
    if (sameKey !== undefined) {
      const same = sameKey.fingerprint === delta.fingerprint;
      return void told.push(
        same ? { kind: 'duplicate' } : { kind: 'rejected', code: 'IDEMPOTENCY_CONFLICT' },
      );
    }
    if (delta.adjustsKey !== undefined && !ownBefore.some((one) => one.recordKey === delta.adjustsKey)) {
      return void told.push({ kind: 'rejected', code: 'ADJUSTS_UNKNOWN' });
    }
    if (!names.includes(name)) names.push(name);
    const happened = periodOf(delta.occurredAtMs ?? recordedAtMs);
    const closed = log
      .slice(0, place)
      .flatMap((one) => (one.kind === 'close' && one.name === name ? [one.period] : []));
    const candidates = Array.from({ length: closed.length + 1 }, (_, n) => happened + n);
    const period = candidates.find((candidate) => !closed.includes(candidate))!;
    recordedBefore.push(delta);
    told.push({
      kind: 'recorded',
      customerNo: names.indexOf(name),
      index: ownBefore.length,
      balance: [...ownBefore, delta].reduce((sum, one) => sum + one.amount, 0n),
      period,
      late: period > happened,
    });
  });
  return told;
}

const JANUARY = 2026 * 12;
const timeInOneOf3Months = fc
  .tuple(fc.nat(2), fc.nat(27 * 86_400_000))
  .map(([month, ms]) => periodStartMs(JANUARY + month) + ms);

/** Few names, keys and fingerprints, so that duplicates, conflicts, corrections and late arrivals are common. */
const environmentId = fc.constantFrom('env_a', 'env_b');
const customerId = fc.constantFrom('x', 'y', 'NULL');
const key = fc.constantFrom(...Array.from({ length: 12 }, (_, n) => n.toString(16).padStart(32, '0')));
const delta: fc.Arbitrary<LogItem> = fc
  .record({
    environmentId,
    customerId,
    recordKey: key,
    amount: fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n }),
    occurredAtMs: fc.option(timeInOneOf3Months, { nil: undefined }),
    adjustsKey: fc.option(key, { nil: undefined, freq: 3 }),
    fingerprint: fc.constantFrom('f1', 'f2'),
    fingerprintHolds: fc.boolean().chain((odd) => (odd ? fc.boolean() : fc.constant(true))),
  })
  .chain((fields) =>
    timeInOneOf3Months.map((recordedAtMs) => ({ kind: 'delta', delta: fields, recordedAtMs })),
  );
const close: fc.Arbitrary<LogItem> = fc.record({
  kind: fc.constant('close' as const),
  name: fc.tuple(environmentId, customerId).map(([e, c]) => nameOf(e, c)),
  period: fc.integer({ min: JANUARY, max: JANUARY + 3 }),
});
const log = fc.array(fc.oneof({ weight: 6, arbitrary: delta }, { weight: 1, arbitrary: close }), {
  maxLength: 60,
  size: 'max',
});

describe('foldDelta', () => {
  it('does what the rules say, item by item', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(log, (items) => {
        const ledger = new Ledger();
        const told = items.map((item) => ledger.fold(item));
        expect(told).toEqual(naiveOutcomes(items));
        for (const one of told) {
          if (one?.kind === 'rejected') seen.add(one.code);
          else if (one !== undefined) seen.add(one.kind === 'recorded' && one.late ? 'late' : one.kind);
        }
      }),
    );
    // The logs made above reach every rule.
    expect([...seen].sort()).toEqual([
      'ADJUSTS_UNKNOWN',
      'FINGERPRINT_MISMATCH',
      'IDEMPOTENCY_CONFLICT',
      'duplicate',
      'late',
      'recorded',
    ]);
  });

  it('gives the same ledger however the log is cut into turns', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(60)), (items, cuts) => {
        const whole = new Ledger();
        const expected = items.map((item) => whole.fold(item));
        const inTurns = new Ledger();
        const told = items.map((item, place) => {
          if (cuts.includes(place)) inTurns.reload();
          return inTurns.fold(item);
        });
        expect(told).toEqual(expected);
        expect([...inTurns.customers]).toEqual([...whole.customers]);
      }),
    );
  });

  it('adds nothing when the whole log is read a second time', () => {
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 40 }), (items) => {
        const ledger = new Ledger();
        const first = items.map((item) => ledger.fold(item));
        const states = structuredClone([...ledger.customers]);
        items.forEach((item, place) => {
          const again = ledger.fold(item);
          if (first[place]?.kind !== 'rejected') expect(again).toEqual({ kind: 'duplicate' });
        });
        // A correction that came before what it corrects is recorded at last; nothing else may have changed.
        const late = first.some((one) => one?.kind === 'rejected' && one.code === 'ADJUSTS_UNKNOWN');
        if (!late) expect([...ledger.customers]).toEqual(states);
      }),
    );
  });

  it('keeps index and balance running without a gap, per customer', () => {
    fc.assert(
      fc.property(log, (items) => {
        const ledger = new Ledger();
        const running = new Map<number, { next: number; balance: Amount }>();
        for (const item of items) {
          const told = ledger.fold(item);
          if (item.kind !== 'delta' || told?.kind !== 'recorded') continue;
          const before = running.get(told.customerNo) ?? { next: 0, balance: 0n };
          expect(told.index).toBe(before.next);
          expect(told.balance).toBe(before.balance + item.delta.amount);
          running.set(told.customerNo, { next: told.index + 1, balance: told.balance });
        }
        for (const state of ledger.customers.values()) {
          expect(running.get(state.number)).toEqual({ next: state.count, balance: state.balance });
        }
      }),
    );
  });

  const base: LoggedDelta = {
    environmentId: 'env_a',
    customerId: 'x',
    recordKey: '0'.repeat(32),
    amount: 5n,
    occurredAtMs: undefined,
    adjustsKey: undefined,
    fingerprint: 'f1',
    fingerprintHolds: true,
  };
  const fold = (ledger: Ledger, fields: Partial<LoggedDelta>, recordedAtMs = 0): Told | undefined =>
    ledger.fold({ kind: 'delta', delta: { ...base, ...fields }, recordedAtMs });

  it('makes no customer for a delta that it refuses', () => {
    const ledger = new Ledger();
    fold(ledger, { fingerprintHolds: false });
    fold(ledger, { adjustsKey: '1'.repeat(32) });
    expect(ledger.customers.size).toBe(0);
  });

  it('refuses a wrong fingerprint before it looks for the key, so that damage is never taken for a retry', () => {
    const ledger = new Ledger();
    fold(ledger, {});
    expect(fold(ledger, { fingerprintHolds: false })).toEqual({
      kind: 'rejected',
      code: 'FINGERPRINT_MISMATCH',
    });
  });

  it('lets a delta correct neither itself, nor another customer’s, nor one of another environment', () => {
    const ledger = new Ledger();
    const own = '1'.repeat(32);
    expect(fold(ledger, { recordKey: own, adjustsKey: own })).toMatchObject({ code: 'ADJUSTS_UNKNOWN' });
    expect(fold(ledger, { recordKey: own })).toMatchObject({ kind: 'recorded' });
    const correction = { recordKey: '2'.repeat(32), adjustsKey: own };
    expect(fold(ledger, { ...correction, customerId: 'y' })).toMatchObject({ code: 'ADJUSTS_UNKNOWN' });
    expect(fold(ledger, { ...correction, environmentId: 'env_b' })).toMatchObject({
      code: 'ADJUSTS_UNKNOWN',
    });
    expect(fold(ledger, correction)).toMatchObject({ kind: 'recorded', index: 1 });
  });

  it('counts by the time at which it happened, and by the log’s own where that is not known', () => {
    const ledger = new Ledger();
    const recordedAtMs = periodStartMs(JANUARY + 1);
    expect(fold(ledger, { occurredAtMs: recordedAtMs - 1 }, recordedAtMs)).toMatchObject({
      period: JANUARY,
      late: false,
    });
    expect(fold(ledger, { recordKey: 'b' }, recordedAtMs)).toMatchObject({
      period: JANUARY + 1,
      late: false,
    });
    expect(fold(ledger, { recordKey: 'c', occurredAtMs: 0 }, recordedAtMs)).toMatchObject({
      period: periodOf(0),
    });
  });

  it('passes over every closed period to the first open one', () => {
    const ledger = new Ledger();
    for (const month of [0, 1, 3]) {
      ledger.fold({ kind: 'close', name: nameOf('env_a', 'x'), period: JANUARY + month });
    }
    const occurredAtMs = periodStartMs(JANUARY);
    expect(fold(ledger, { occurredAtMs })).toMatchObject({ period: JANUARY + 2, late: true });
    expect(fold(ledger, { recordKey: 'y', customerId: 'y', occurredAtMs })).toMatchObject({
      period: JANUARY,
      late: false,
    });
  });
});
