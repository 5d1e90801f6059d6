import { describe, expect, it } from '@jest/globals';
import { describeCause } from './causes/describe-cause.js';
import { assertIdentity } from './check-identity.js';
import { ReconcileError } from './errors.js';
import { matchRecords } from './match-records.js';
import { type Finding, type SideRecord, compareReferences } from './records.js';
import type { MatchOptions, MatchReport } from './report.js';
import { DEFAULT_RULES, type MatchRules } from './rules.js';
import { RunningClassTotal } from './totals.js';

const UNIT = 10n ** 12n;
const NOON_MS = Date.UTC(2026, 10, 15, 12);
const DAY_MS = 86_400_000;

type Parts = Partial<Omit<SideRecord, 'amount'>> & { readonly amount: number };

/** A side of records whose amounts are whole units; the rest as at noon, if not said. */
const side = (...records: readonly Parts[]): readonly SideRecord[] =>
  records.map((parts, position) => ({
    position,
    reference: undefined,
    timeMs: NOON_MS,
    reason: 'requests',
    dimensions: [],
    isOutside: false,
    ...parts,
    amount: BigInt(parts.amount) * UNIT,
  }));

async function* feed(records: readonly SideRecord[]): AsyncGenerator<readonly SideRecord[]> {
  await Promise.resolve();
  yield [...records].sort((a, b) => compareReferences(a.reference ?? '\uffff', b.reference ?? '\uffff'));
}

async function match(
  here: readonly SideRecord[],
  there: readonly SideRecord[],
  rules: Partial<MatchRules> = {},
  options: Partial<MatchOptions> = {},
): Promise<{
  readonly report: MatchReport;
  readonly findings: readonly Finding[];
  readonly texts: readonly string[];
}> {
  const findings: Finding[] = [];
  const report = await matchRecords(
    { here: feed(here), there: feed(there) },
    {
      rules: { ...DEFAULT_RULES, ...rules },
      dimensions: [],
      scope: { startMs: undefined, endMs: undefined },
      ...options,
    },
    (some) => void findings.push(...some),
  );
  const texts = findings.map(({ class: name, by, here: ours, there: theirs, contribution }) => {
    const positions = [ours, theirs].map((records) => records.map(({ position }) => position).join(' '));
    return `${name} by ${by}: ${positions.join(' | ')} = ${contribution / UNIT}`;
  });
  return { report, findings, texts: texts.sort() };
}

describe('rules', () => {
  it('matches by the nearest time within the window, and the same time first', async () => {
    const here = side(
      { amount: 5 },
      { amount: 5, timeMs: NOON_MS + 800 },
      { amount: 5, timeMs: NOON_MS + 9_000 },
    );
    const there = side({ amount: 5, timeMs: NOON_MS + 800 }, { amount: 5, timeMs: NOON_MS + 7_500 });
    expect((await match(here, there)).texts).toEqual([
      'matched by rule: 1 | 0 = 0',
      'onlyHere by none: 0 |  = 5',
      'onlyHere by none: 2 |  = 5',
      'onlyThere by none:  | 1 = -5',
    ]);
    expect((await match(here, there, { timeWindowMs: 2_000 })).texts).toEqual([
      'matched by rule: 1 | 0 = 0',
      'matched by rule: 2 | 1 = 0',
      'onlyHere by none: 0 |  = 5',
    ]);
  });

  it('takes what lies within the tolerance as matched, and keeps the difference', async () => {
    const here = side({ amount: 100, reference: 'a' }, { amount: 100 }, { amount: 1_000, reference: 'b' });
    const there = side({ amount: 101, reference: 'a' }, { amount: 99 }, { amount: 1_012, reference: 'b' });
    const { texts, report } = await match(here, there, { tolerance: { absolute: UNIT, percent: UNIT } });
    expect(texts).toEqual([
      'amountDiffers by reference: 2 | 2 = -12',
      'matched by reference: 0 | 0 = -1',
      'matched by rule: 1 | 1 = 1',
    ]);
    expect(report.discrepancy).toBe(-12n * UNIT);
    expect(report.classes.matched.contribution).toBe(0n);
  });

  it('compares with the sign and the reasons of the statement turned into ours', async () => {
    const here = side({ amount: 5 }, { amount: 7, reason: 'storage' });
    const there = side({ amount: -5, reason: 'calls' }, { amount: -7, reason: 'storage' });
    const rules = { sign: 'opposite', reasonMap: { calls: 'requests' } } as const;
    const { texts, report } = await match(here, there, rules);
    expect(texts).toEqual(['matched by rule: 0 | 0 = 0', 'matched by rule: 1 | 1 = 0']);
    expect([report.here.sum, report.there.sum]).toEqual([12n * UNIT, 12n * UNIT]);
    expect((await match(here, there, { sign: 'opposite' })).texts).toContain('onlyHere by none: 0 |  = 5');
  });

  it('asks for the same reason only where both sides name one', async () => {
    const here = side({ amount: 5 }, { amount: 7, reason: undefined });
    const there = side({ amount: 5, reason: undefined }, { amount: 7, reason: 'storage' });
    expect((await match(here, there)).texts).toEqual([
      'matched by rule: 0 | 0 = 0',
      'matched by rule: 1 | 1 = 0',
    ]);
  });

  it('matches a statement without times by amount and reason', async () => {
    const there = side({ amount: 7, timeMs: undefined }, { amount: 5, timeMs: undefined });
    expect((await match(side({ amount: 5 }, { amount: 6 }), there)).texts).toEqual([
      'matched by rule: 0 | 1 = 0',
      'onlyHere by none: 1 |  = 6',
      'onlyThere by none:  | 0 = -7',
    ]);
  });

  it('finds one record that stands for many, either way, unless told not to', async () => {
    const here = side(
      { amount: 30 },
      { amount: 4, timeMs: NOON_MS + DAY_MS },
      { amount: 9, timeMs: NOON_MS + DAY_MS },
    );
    const there = side({ amount: 11 }, { amount: 19 }, { amount: 13, timeMs: NOON_MS + DAY_MS + 500 });
    expect((await match(here, there)).texts).toEqual([
      'matched by rule: 0 | 0 1 = 0',
      'matched by rule: 1 2 | 2 = 0',
    ]);
    expect((await match(here, there, { groups: false })).report.classes.matched.findings).toBe(0);
  });

  it('finds a counterpart in the other period by reference, and by rule when told', async () => {
    const here = side(
      { amount: 5, reference: 'a' },
      { amount: 7 },
      { amount: 9, reference: 'b', isOutside: true },
    );
    const later = { timeMs: NOON_MS + DAY_MS, isOutside: true };
    const there = side(
      { amount: 5, reference: 'a', ...later },
      { amount: 7, ...later },
      { amount: 9, reference: 'b' },
    );
    expect((await match(here, there)).texts).toEqual([
      'onlyHere by none: 1 |  = 7',
      'timing by reference: 0 | 0 = 5',
      'timing by reference: 2 | 2 = -9',
    ]);
    const { texts, report } = await match(here, there, { timingWindowMs: DAY_MS });
    expect(texts).toContain('timing by rule: 1 | 1 = 7');
    expect([report.here, report.there, report.outside.here]).toEqual([
      { count: 2, sum: 12n * UNIT },
      { count: 1, sum: 9n * UNIT },
      { count: 1, sum: 9n * UNIT },
    ]);
  });

  it('tells a copy from another record of the same reference', async () => {
    const here = side(
      { amount: 5, reference: 'a' },
      { amount: 5, reference: 'a' },
      { amount: 6, reference: 'a' },
    );
    expect((await match(here, side({ amount: 5, reference: 'a' }))).texts).toEqual([
      'duplicateHere by none: 1 |  = 5',
      'matched by reference: 0 | 0 = 0',
      'onlyHere by none: 2 |  = 6',
    ]);
  });

  it('tells records of one moment apart by a factor that others show', async () => {
    const records = [100, 101, 102, 103, 104, 104].map((amount, i) => ({
      amount,
      timeMs: NOON_MS + Math.min(i, 3),
    }));
    const there = side(...records.map((record) => ({ ...record, amount: -record.amount })).reverse());
    const { report, texts } = await match(side(...records), there);
    expect(report.classes.amountDiffers.findings).toBe(6);
    expect(texts[3]).toBe('amountDiffers by rule: 3 | 2 = 206');
    expect(report.causes.map(describeCause)).toEqual([
      "the statement's amounts have the other sign: 6 findings, +1228 of the discrepancy",
    ]);
  });

  it('compares with a statement that knows no reasons by time and amount alone', async () => {
    const here = side({ amount: 100 }, { amount: 200, timeMs: NOON_MS + 5_000 });
    const there = side(
      { amount: 101, reason: undefined },
      { amount: 300, timeMs: NOON_MS + 5_000, reason: undefined },
    );
    const { texts } = await match(here, there, { tolerance: { absolute: UNIT, percent: 0n } });
    expect(texts).toEqual(['amountDiffers by rule: 1 | 1 = -100', 'matched by rule: 0 | 0 = -1']);
  });

  it('names the first record that differs, in log order', async () => {
    const here = side(
      { amount: 1, reference: 'z' },
      { amount: 2, reference: 'y' },
      { amount: 3, reference: 'x' },
    );
    const there = side(
      { amount: 8, reference: 'new' },
      { amount: 1, reference: 'z' },
      { amount: 9, reference: 'x' },
    );
    const { report } = await match(here, there, { groups: false });
    expect(report.firstDivergence).toMatchObject({ here: { position: 1 }, there: { position: 0 } });
  });
});

describe('causes', () => {
  it('come by how much of the discrepancy they explain, and leave the rest unexplained', async () => {
    const days = [1, 2, 3, 4, 5].flatMap((day) =>
      [1, 2, 3, 4].map((i) => ({
        amount: day * 10 + i,
        reference: `d${day}-${i}`,
        timeMs: NOON_MS + day * DAY_MS + i,
      })),
    );
    const here = side(...days);
    const there = side(
      ...days
        .filter(({ reference }) => !reference.startsWith('d3-'))
        .map((record) =>
          record.reference.startsWith('d5-') ? { ...record, amount: -record.amount } : record,
        )
        .map((record) => (record.reference === 'd1-1' ? { ...record, amount: 12 } : record)),
    );
    const { report, findings } = await match(here, there);
    expect(report.causes.map(describeCause)).toEqual([
      "the statement's amounts have the other sign: 4 findings, +420 of the discrepancy",
      'the statement has no records on 2026-11-18: 4 findings, +130 of the discrepancy',
    ]);
    expect(report.unexplained).toEqual({ findings: 1, contribution: -UNIT });
    expect(report.discrepancy).toBe(549n * UNIT);
    expect(findings.filter(({ cause }) => cause === 1).map(({ here: [record] }) => record?.position)).toEqual(
      [8, 9, 10, 11],
    );
    // Down to the hour, as far as the missing day goes.
    const within = { startMs: Date.UTC(2026, 10, 18), endMs: Date.UTC(2026, 10, 19) };
    expect(report.breakdown.cells('hour', { by: 'reason', within })).toMatchObject([
      {
        startMs: NOON_MS + 3 * DAY_MS,
        value: 'requests',
        contribution: 130n * UNIT,
        classes: { onlyHere: { findings: 4 } },
      },
    ]);
  });

  it.each<[string, (i: number) => Partial<Parts>, RegExp]>([
    ['a factor', (i) => ({ amount: (100 + i) * 3 }), /are the ledger's times 3: 6 findings, -1230 of/],
    [
      'a clock ahead',
      () => ({ timeMs: NOON_MS + 3_600_000 }),
      /clock is 1 h ahead of the ledger's \(seen in 6 pairs\): 0 findings, 0 of/,
    ],
    ['a clock behind', () => ({ timeMs: NOON_MS - 19_800_000 }), /clock is 5\.5 h behind the ledger's/],
  ])('tells %s', async (_name, change, text) => {
    const records = [0, 1, 2, 3, 4, 5].map((i) => ({ amount: 100 + i, reference: `r${i}` }));
    const there = side(...records.map((record, i) => ({ ...record, ...change(i) })));
    const { report } = await match(side(...records), there);
    expect(report.causes.map(describeCause)).toEqual([expect.stringMatching(text)]);
  });

  it('does not call two records a cause', async () => {
    const records = [0, 1].map((i) => ({ amount: 100 + i, reference: `r${i}` }));
    const there = side(...records.map((record) => ({ ...record, amount: -record.amount })));
    expect((await match(side(...records), there)).report.causes).toEqual([]);
  });
});

describe('what must not be', () => {
  const some = side({ amount: 1, reference: 'b' }, { amount: 2, reference: 'a' });
  const raw = async function* (records: readonly SideRecord[]): AsyncGenerator<readonly SideRecord[]> {
    await Promise.resolve();
    yield records;
  };
  const options: MatchOptions = {
    rules: DEFAULT_RULES,
    dimensions: [],
    scope: { startMs: undefined, endMs: undefined },
  };

  it('is a side out of order', async () => {
    const run = matchRecords({ here: raw(some), there: raw([]) }, options, () => undefined);
    await expect(run).rejects.toMatchObject({ code: 'OUT_OF_ORDER' });
  });

  it('is more held than may be', async () => {
    await expect(match(some, [], {}, { mostHeld: 1 })).rejects.toMatchObject({ code: 'TOO_MANY_UNMATCHED' });
  });

  it('is a side that is not what is known of it', async () => {
    const expected = { here: { count: 2, sum: 3n * UNIT }, there: { count: 1, sum: 0n } };
    await expect(match(some, [], {}, { expected: { here: expected.here } })).resolves.toBeDefined();
    await expect(match(some, [], {}, { expected })).rejects.toMatchObject({ code: 'EXPECTED_DIFFERS' });
  });

  it('is a report whose classes do not add up', () => {
    const total = new RunningClassTotal();
    total.here.add(5n);
    const empty = { count: 0, sum: 0n };
    expect(() => assertIdentity({ here: { count: 1, sum: 5n }, there: empty }, [total])).not.toThrow();
    expect(() => assertIdentity({ here: { count: 1, sum: 4n }, there: empty }, [total])).toThrow(
      ReconcileError,
    );
    expect(() => assertIdentity({ here: { count: 2, sum: 5n }, there: empty }, [total])).toThrow(
      ReconcileError,
    );
  });

  it('is a taker that fails unheard, or a source that is left open', async () => {
    let isClosed = false;
    const source = async function* (): AsyncGenerator<readonly SideRecord[]> {
      try {
        for (let i = 0; ; i += 1) {
          await Promise.resolve();
          yield side(
            ...Array.from({ length: 1_000 }, (_, j) => ({
              amount: 1,
              reference: String(1e6 + i * 1_000 + j),
            })),
          );
        }
      } finally {
        isClosed = true;
      }
    };
    const run = matchRecords({ here: source(), there: source() }, options, () =>
      Promise.reject(new Error('disk full')),
    );
    await expect(run).rejects.toThrow('disk full');
    expect(isClosed).toBe(true);
  });
});
