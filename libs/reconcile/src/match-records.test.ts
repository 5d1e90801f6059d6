import { describe, expect, it } from '@jest/globals';
import { FAULTS, type Dispute, type DisputeOptions, byReference, makeDispute } from '@pacspace/testing';
import fc from 'fast-check';
import { LEVELS } from './breakdown.js';
import { matchRecords } from './match-records.js';
import type { Finding, SideRecord } from './records.js';
import type { MatchReport } from './report.js';
import { DEFAULT_RULES, type MatchRules } from './rules.js';

interface Result {
  readonly report: MatchReport;
  readonly findings: readonly Finding[];
}

async function match(
  sides: { readonly here: readonly SideRecord[]; readonly there: readonly SideRecord[] },
  options: {
    readonly rules?: Partial<MatchRules>;
    readonly scope?: Dispute['scope'];
    readonly batchSize?: number;
  } = {},
): Promise<Result> {
  const findings: Finding[] = [];
  const report = await matchRecords(
    { here: byReference(sides.here, options.batchSize), there: byReference(sides.there, options.batchSize) },
    {
      rules: { ...DEFAULT_RULES, ...options.rules },
      dimensions: ['region'],
      scope: options.scope ?? { startMs: undefined, endMs: undefined },
    },
    (some) => void findings.push(...some),
  );
  return { report, findings };
}

const toText = (found: {
  readonly class: string;
  readonly here: readonly (number | { readonly position: number })[];
  readonly there: readonly (number | { readonly position: number })[];
}): string => {
  const numbers = (side: (typeof found)['here']): string =>
    side
      .map((item) => (typeof item === 'number' ? item : item.position))
      .sort((a, b) => a - b)
      .join(' ');
  return `${found.class}: ${numbers(found.here)} | ${numbers(found.there)}`;
};

/** What must hold for any input: every record in one class, all levels summing to the discrepancy, causes within it. */
function checkSums({ report, findings }: Result, sides: Pick<Dispute, 'here' | 'there'>): void {
  for (const side of ['here', 'there'] as const) {
    const counted = findings.flatMap((finding) => finding[side].filter(({ isOutside }) => !isOutside));
    const positions = counted.map(({ position }) => position).sort((a, b) => a - b);
    const inside = sides[side].filter(({ isOutside }) => !isOutside);
    expect(positions).toEqual(inside.map(({ position }) => position).sort((a, b) => a - b));
    expect(report[side]).toEqual({
      count: inside.length,
      sum: inside.reduce((sum, { amount }) => sum + amount, 0n),
    });
  }
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n);
  const { discrepancy } = report;
  expect(discrepancy).toBe(report.here.sum - report.there.sum);
  expect(sum(Object.values(report.classes).map(({ contribution }) => contribution))).toBe(discrepancy);
  expect(sum(findings.map(({ contribution }) => contribution))).toBe(discrepancy);
  for (const by of [undefined, 'reason', 'region']) {
    for (const level of LEVELS) {
      const cells = report.breakdown.cells(level, { ...(by !== undefined && { by }) });
      expect(sum(cells.map(({ contribution }) => contribution))).toBe(discrepancy);
    }
  }
  expect(sum(report.causes.map(({ contribution }) => contribution)) + report.unexplained.contribution).toBe(
    discrepancy,
  );
  for (const [i, cause] of report.causes.entries()) {
    const claimed = findings.filter((finding) => finding.cause === i);
    expect([claimed.length, sum(claimed.map(({ contribution }) => contribution))]).toEqual([
      cause.findings,
      cause.contribution,
    ]);
  }
}

async function checkDispute(options: DisputeOptions): Promise<void> {
  const dispute = makeDispute(options);
  const result = await match(dispute, { scope: dispute.scope, batchSize: 97 });
  checkSums(result, dispute);
  expect(result.findings.map(toText).sort()).toEqual(dispute.truth.findings.map(toText).sort());
  const kinds = [...new Set(result.report.causes.map(({ kind }) => kind))].sort();
  expect(kinds).toEqual([...new Set(dispute.truth.causes)].sort());
}

describe('disputes of known truth', () => {
  it('agrees where nothing was done', async () => {
    await checkDispute({ seed: 1, records: 500, faults: [] });
  });

  it.each(FAULTS.map((fault) => [fault]))('finds exactly what was done: %s', async (fault) => {
    await checkDispute({ seed: 7, records: 400, faults: [fault] });
  });

  it.each(FAULTS.filter((fault) => fault !== 'late').map((fault) => [fault]))(
    'finds it without references: %s',
    async (fault) => {
      await checkDispute({ seed: 11, records: 400, faults: [fault], hasReferences: false });
    },
  );

  it('finds exactly what was done when several things were', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          seed: fc.integer(),
          records: fc.integer({ min: 500, max: 700 }),
          faults: fc.subarray([...FAULTS]),
          each: fc.integer({ min: 1, max: 8 }),
        }),
        checkDispute,
      ),
      { numRuns: 12 },
    );
  });
});

const UNIT = 10n ** 12n;

/** Few references, amounts, times and reasons, so that everything collides with everything. */
const anyRecord = fc.record({
  reference: fc.option(fc.constantFrom('a', 'b', 'c', '\u{10000}', '\uffee'), { nil: undefined }),
  amount: fc.oneof(
    fc.integer({ min: -4, max: 4 }).map((amount) => BigInt(amount) * UNIT),
    fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
  ),
  timeMs: fc.option(fc.constantFrom(0, 500, 900_000, 86_400_000, 7 * 86_400_000), { nil: undefined }),
  reason: fc.option(fc.constantFrom('x', 'y', 'constructor'), { nil: undefined }),
  dimensions: fc.constantFrom([undefined], ['eu'], ['us']),
  isOutside: fc.boolean(),
});

const anySide = fc
  .oneof(
    fc.array(anyRecord, { maxLength: 14 }),
    fc.array(
      anyRecord.map((record) => ({ ...record, reference: 'same' })),
      { maxLength: 14 },
    ),
    fc.array(
      anyRecord.map((record) => ({ ...record, reference: undefined })),
      { maxLength: 14 },
    ),
  )
  .map((records): readonly SideRecord[] => records.map((record, position) => ({ ...record, position })));

const anyRules = fc.record<Partial<MatchRules>>({
  sign: fc.constantFrom('same', 'opposite'),
  tolerance: fc.record({ absolute: fc.constantFrom(0n, UNIT), percent: fc.constantFrom(0n, 50n * UNIT) }),
  timeWindowMs: fc.constantFrom(0, 1_000, 86_400_000),
  timingWindowMs: fc.constantFrom(0, 86_400_000),
  reasonMap: fc.constantFrom({}, { y: 'x' }),
  groups: fc.boolean(),
});

describe('any two sides', () => {
  it('puts every record into one class, and all sums add up to the discrepancy', async () => {
    await fc.assert(
      fc.asyncProperty(anySide, anySide, anyRules, async (here, there, rules) => {
        const result = await match({ here, there }, { rules, batchSize: 3 });
        const signed =
          rules.sign === 'opposite' ? there.map((record) => ({ ...record, amount: -record.amount })) : there;
        checkSums(result, { here, there: signed });
      }),
      { numRuns: 200 },
    );
  });

  it('does not depend on the order of equal references, nor on the batches', async () => {
    const shuffled = (records: readonly SideRecord[], seed: number): readonly SideRecord[] =>
      [...records].sort((a, b) => ((a.position * 31 + seed) % 17) - ((b.position * 31 + seed) % 17));
    await fc.assert(
      fc.asyncProperty(anySide, anySide, anyRules, fc.nat(), async (here, there, rules, seed) => {
        const one = await match({ here, there }, { rules });
        const other = await match(
          { here: shuffled(here, seed), there: shuffled(there, seed) },
          { rules, batchSize: 2 },
        );
        expect(other.findings.map(toText).sort()).toEqual(one.findings.map(toText).sort());
        expect(other.report.causes).toEqual(one.report.causes);
        expect(other.report.firstDivergence).toEqual(one.report.firstDivergence);
      }),
      { numRuns: 200 },
    );
  });
});
