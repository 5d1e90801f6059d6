import { describe, expect, it } from '@jest/globals';
import { formatPeriod, type Period, parsePeriod, periodOf } from '@pacspace/domain';
import type { LaneState, NewCustomerRow, Turn } from '@pacspace/ledger';
import type { LoggedMessage } from '@pacspace/log';
import { buildDelta, type DeltaParts } from '@pacspace/testing';
import { encodeCloseEnvelope, encodeDelta, encodeEnvelope, type PeriodClose } from '@pacspace/wire';
import fc from 'fast-check';
import { decodeMessage } from './decode-turn.js';
import { foldTurn } from './fold-turn.js';
import { LaneMemory } from './lane-memory.js';
import type { RecordedDelta } from './recall-states.js';

/** What one envelope says, and when the log took it. */
interface Step {
  readonly at: string;
  readonly deltas?: readonly DeltaParts[];
  readonly close?: PeriodClose;
}

const EMPTY: LaneState = {
  lane: 0,
  epoch: 0,
  sequence: 0,
  toldSequence: 0,
  envelopes: 0,
  entries: 0,
  duplicates: 0,
  rejections: 0,
  deadLetters: 0,
  customers: 0,
  recordedAtMs: 0,
};

function toMessage({ at, deltas = [], close }: Step, i: number): LoggedMessage {
  const id = `p-${i}`;
  const payload =
    close === undefined
      ? encodeEnvelope(
          id,
          deltas.map((parts) => encodeDelta(buildDelta(parts))),
        )
      : encodeCloseEnvelope(id, close);
  return { sequence: i + 1, recordedAtMs: Date.parse(at), payload, traceparent: undefined };
}

function sumUsage(turns: readonly Turn[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { environmentId, month, count } of turns.flatMap(({ usage }) => usage)) {
    const name = `${environmentId} ${formatPeriod(month)}`;
    sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** Folds the steps in turns that end after each of `cuts`, and puts the turns' rows one after the other. */
function fold(steps: readonly Step[], cuts: readonly number[] = []) {
  const memory = new LaneMemory();
  const recorded = new Map<string, RecordedDelta>();
  const turns: Turn[] = [];
  let before = EMPTY;
  let turn: LoggedMessage[] = [];
  steps.forEach((step, i) => {
    turn.push(toMessage(step, i));
    if (i !== steps.length - 1 && !cuts.includes(i)) return;
    const folded = foldTurn(turn.map(decodeMessage), { before, lanes: 1, memory, recorded });
    turns.push(folded.turn);
    before = folded.turn.after;
    turn = [];
  });
  return {
    after: before,
    entries: turns.flatMap(({ entries }) => entries),
    closings: turns.flatMap(({ closings }) => closings),
    usage: sumUsage(turns),
    nodes: turns.flatMap(({ nodes }) => nodes),
    // A later row of a customer or period replaces the earlier one.
    customers: new Map(
      turns
        .flatMap((one) => [...one.newCustomers, ...(one.changedCustomers as readonly NewCustomerRow[])])
        .map((row) => [row.number, row]),
    ),
    periods: new Map(
      turns
        .flatMap((one) => [...one.newPeriods, ...one.changedPeriods])
        .map((row) => [`${row.customerNo}/${row.period}`, row]),
    ),
  };
}

const month = (text: string): Period => parsePeriod(text)!;
const delta = (key: string, parts: Partial<DeltaParts> = {}): DeltaParts => ({
  customerId: 'x',
  amount: '1',
  key,
  ...parts,
});
const closing = (period: string, parts: Partial<PeriodClose> = {}): PeriodClose => ({
  environmentId: 'env_test',
  period: month(period),
  ...parts,
});
const placesOf = (steps: readonly Step[]): string[] =>
  fold(steps).entries.map(({ period, late }) => `${formatPeriod(period)}${late ? ' late' : ''}`);

describe('the end of a month', () => {
  it('is the last millisecond before midnight UTC, by the log’s clock where the producer gave no time', () => {
    const steps = ['2026-10-31T23:59:59.000Z', '2026-10-31T23:59:59.999Z', '2026-11-01T00:00:00.000Z'].map(
      (at, i) => ({ at, deltas: [delta(`k${i}`)] }),
    );
    expect(placesOf(steps)).toEqual(['2026-10', '2026-10', '2026-11']);
  });

  it('may be closed from its first millisecond on, and not one earlier', () => {
    const early = fold([
      { at: '2026-10-31T23:59:59.999Z', close: closing('2026-10') },
      { at: '2026-10-31T23:59:59.999Z', deltas: [delta('a')] },
    ]);
    expect(early.after.deadLetters).toBe(1);
    expect(early.closings).toEqual([]);
    expect(early.entries).toMatchObject([{ period: month('2026-10'), late: false }]);

    const inTime = fold([
      { at: '2026-10-31T23:59:59.999Z', deltas: [delta('a')] },
      { at: '2026-11-01T00:00:00.000Z', close: closing('2026-10') },
      {
        at: '2026-11-01T00:00:00.000Z',
        deltas: [delta('b', { occurredAtMs: Date.parse('2026-10-31T23:59:59Z') })],
      },
      { at: '2026-11-01T00:00:00.000Z', deltas: [delta('c')] },
    ]);
    expect(inTime.after).toMatchObject({ deadLetters: 0, envelopes: 4 });
    expect(inTime.entries).toMatchObject([
      { period: month('2026-10'), late: false },
      { period: month('2026-11'), late: true },
      { period: month('2026-11'), late: false },
    ]);
  });

  it.each([
    ['2028-02-29T23:59:59.999Z', '2028-02'],
    ['2028-03-01T00:00:00.000Z', '2028-03'],
    ['2026-02-28T23:59:59.999Z', '2026-02'],
    ['2026-03-01T00:00:00.000Z', '2026-03'],
    ['2026-12-31T23:59:59.999Z', '2026-12'],
    ['2027-01-01T00:00:00.000Z', '2027-01'],
  ])('puts %s into %s', (at, period) => {
    expect(placesOf([{ at, deltas: [delta('a')] }])).toEqual([period]);
    expect(
      placesOf([{ at: '2030-01-01T00:00:00Z', deltas: [delta('a', { occurredAtMs: Date.parse(at) })] }]),
    ).toEqual([period]);
  });

  it('closes 29 February with its month', () => {
    expect(
      placesOf([
        { at: '2028-02-29T12:00:00Z', deltas: [delta('a')] },
        { at: '2028-03-01T00:00:00Z', close: closing('2028-02') },
        {
          at: '2028-03-01T00:00:01Z',
          deltas: [
            delta('b', { occurredAtMs: Date.parse('2028-02-29T23:59:59.999Z') }),
            delta('c', { occurredAtMs: Date.parse('2028-01-31T23:59:59.999Z') }),
          ],
        },
      ]),
    ).toEqual(['2028-02', '2028-03 late', '2028-03 late']);
  });
});

describe('a closed period', () => {
  const october = { occurredAtMs: Date.parse('2026-10-15T00:00:00Z') };
  const open: Step = { at: '2026-10-20T00:00:00Z', deltas: [delta('first', october)] };

  it('takes nothing more, keeps what it has, and its time is kept with what comes late', () => {
    const { entries, periods } = fold([
      open,
      { at: '2026-11-02T00:00:00Z', close: closing('2026-10') },
      { at: '2026-11-03T00:00:00Z', deltas: [delta('second', { ...october, amount: '5' })] },
    ]);
    expect(entries[1]).toMatchObject({
      period: month('2026-11'),
      late: true,
      leaf: 0,
      balance: '6',
      ...october,
    });
    expect([...periods.values()]).toMatchObject([
      { period: month('2026-10'), count: 1, net: '1' },
      { period: month('2026-11'), count: 1, net: '5', firstAtMs: october.occurredAtMs },
    ]);
  });

  it('takes a correction into the month in which it is made, or, if it names the closed month, late', () => {
    const adjustsKey = buildDelta(delta('first', october)).recordKey;
    expect(
      placesOf([
        open,
        { at: '2026-11-02T00:00:00Z', close: closing('2026-10') },
        {
          at: '2026-11-03T00:00:00Z',
          deltas: [
            delta('c1', { adjustsKey, amount: '-1' }),
            delta('c2', { adjustsKey, amount: '2', ...october }),
          ],
        },
      ]),
    ).toEqual(['2026-10', '2026-11', '2026-11 late']);
  });

  it('still recognises what it has counted: a retry after the closing is no late delta', () => {
    const { after, entries } = fold([
      open,
      { at: '2026-11-02T00:00:00Z', close: closing('2026-10') },
      { at: '2026-11-03T00:00:00Z', deltas: [delta('first', october)] },
    ]);
    expect(after).toMatchObject({ duplicates: 1, entries: 1 });
    expect(entries).toHaveLength(1);
  });

  it('is closed for one customer alone, or for all, those who come later included', () => {
    const late = (key: string, parts: Partial<DeltaParts> = {}): DeltaParts =>
      delta(key, { ...october, ...parts });
    const y = { customerId: 'y' };
    const other = { environmentId: 'env_other' };
    const one = fold([
      { at: '2026-10-20T00:00:00Z', deltas: [late('x1'), late('y1', y)] },
      { at: '2026-11-02T00:00:00Z', close: closing('2026-10', { customerId: 'x' }) },
      { at: '2026-11-03T00:00:00Z', deltas: [late('x2'), late('y2', y)] },
      { at: '2026-11-04T00:00:00Z', close: closing('2026-10') },
      {
        at: '2026-11-05T00:00:00Z',
        deltas: [late('x3'), late('y3', y), late('z1', { customerId: 'z' }), late('o1', { ...other })],
      },
    ]);
    expect(one.entries.map(({ period, late: isLate }) => [formatPeriod(period), isLate])).toEqual([
      ['2026-10', false],
      ['2026-10', false],
      ['2026-11', true],
      ['2026-10', false],
      ['2026-11', true],
      ['2026-11', true],
      ['2026-11', true],
      ['2026-10', false],
    ]);
    expect(one.closings).toEqual([
      { logSequence: 2, environmentId: 'env_test', customerNo: 0, period: month('2026-10') },
      { logSequence: 4, environmentId: 'env_test', customerNo: undefined, period: month('2026-10') },
    ]);
  });

  it('stays closed: an earlier one, the same one again, or an unknown customer’s changes nothing', () => {
    const at = '2026-11-02T00:00:00Z';
    const { after, closings } = fold([
      open,
      { at, close: closing('2026-10') },
      { at, close: closing('2026-09') },
      { at, close: closing('2026-10') },
      { at, close: closing('2026-10', { customerId: 'x' }) },
      { at, close: closing('2026-10', { customerId: 'nobody' }) },
    ]);
    expect(after.envelopes).toBe(6);
    expect(closings.map(({ logSequence }) => logSequence)).toEqual([2, 5]);
  });
});

describe('usage', () => {
  it('counts what is recorded, by environment and the month of recording; duplicates and rejections do not count', () => {
    const one = {
      customerId: 'c1',
      amount: '1',
      key: 'one',
      occurredAtMs: Date.parse('2025-01-01T00:00:00Z'),
    };
    const { usage, entries, after } = fold([
      {
        at: '2026-10-31T23:59:59.999Z',
        deltas: [one, one, { ...one, key: 'two' }, { ...one, environmentId: 'env_other' }],
      },
      {
        at: '2026-11-01T00:00:00.000Z',
        deltas: [
          { ...one, amount: '7' },
          { ...one, key: 'three' },
        ],
      },
    ]);
    expect(usage).toEqual({ 'env_test 2026-10': 2, 'env_other 2026-10': 1, 'env_test 2026-11': 1 });
    expect([entries.length, after.duplicates, after.rejections]).toEqual([4, 1, 1]);
  });
});

describe('closings anywhere in the log', () => {
  const CUSTOMERS = ['x', 'y'];
  const START = Date.parse('2026-01-01T00:00:00Z');
  const DAY = 86_400_000;
  const day = fc.nat(150).map((days) => START + days * DAY);

  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        customerId: fc.constantFrom(...CUSTOMERS),
        occurredAtMs: fc.option(day, { nil: undefined }),
        key: fc.nat(40).map(String),
        amount: fc.integer({ min: 1, max: 9 }).map(String),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        close: fc.record({ back: fc.nat(2), customerId: fc.constantFrom(undefined, ...CUSTOMERS) }),
      }),
    },
  );
  /** Steps in order of time; what a month closes has ended by then. */
  const log = fc.array(fc.tuple(fc.nat(6 * DAY), step), { maxLength: 40, size: 'max' }).map((parts) => {
    let atMs = START + 40 * DAY;
    return parts.map(([pauseMs, one]): Step => {
      atMs += pauseMs;
      const at = new Date(atMs).toISOString();
      if (!('close' in one)) {
        const { occurredAtMs, ...rest } = one;
        return {
          at,
          deltas: [delta(rest.key, { ...rest, ...(occurredAtMs !== undefined && { occurredAtMs }) })],
        };
      }
      const period = periodOf(atMs) - 1 - one.close.back;
      return { at, close: { environmentId: 'env_test', customerId: one.close.customerId, period } };
    });
  });

  it('send every delta to the first month that was open for its customer at that place, and to no other', () => {
    let late = 0;
    fc.assert(
      fc.property(log, (steps) => {
        const { entries, customers } = fold(steps);
        for (const entry of entries) {
          const { occurredAtMs, recordedAtMs, logSequence, customerNo, period } = entry;
          const name = customers.get(customerNo)!.customerId;
          const happened = periodOf(occurredAtMs ?? recordedAtMs);
          // Read off the log itself; a customer closed before its first delta is not one.
          const known = (at: number) =>
            entries.some((one) => one.customerNo === customerNo && one.logSequence <= at);
          const closed = steps
            .slice(0, logSequence - 1)
            .flatMap(({ close }, i) =>
              close !== undefined &&
              (close.customerId === undefined || (close.customerId === name && known(i + 1)))
                ? [close.period]
                : [],
            );
          expect(period).toBe(Math.max(happened, ...closed.map((one) => one + 1)));
          expect(entry.late).toBe(period > happened);
          if (entry.late) late += 1;
        }
      }),
      { numRuns: 60 },
    );
    expect(late).toBeGreaterThan(20);
  });

  it('give the same ledger however the log is cut into turns', () => {
    fc.assert(
      fc.property(log, fc.array(fc.nat(40)), (steps, cuts) => {
        expect(fold(steps, cuts)).toEqual(fold(steps));
      }),
      { numRuns: 100 },
    );
  });
});
