import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { formatAmount, laneOf, parsePeriod, periodOf, periodStartMs } from '@pacspace/domain';
import { createDatabase, type DeltaParts, LedgerFiller } from '@pacspace/testing';
import fc from 'fast-check';
import type pg from 'pg';
import { migrate } from '../migrate.js';
import { createLedgerPool } from '../pool.js';
import type { EntryRow } from '../turn.js';
import { breakDown, type Granularity } from './break-down.js';
import { createReadPool } from './create-read-pool.js';
import { findIndexAsOf } from './find-index-as-of.js';
import { pageEntries, pageShownEntries } from './page-entries.js';
import { type CustomerFacts, readCustomer } from './read-customer.js';
import { type EntryScope, selectEntries, whereSelected } from './select-entries.js';
import { narrowSelection, sumEntries } from './sum-entries.js';

const LANES = 4;
const DAY = 86_400_000;
const START = Date.parse('2026-06-01T00:00:00Z');
const END = Date.parse('2026-11-24T00:00:00Z');

let writer: pg.Pool;
let pool: pg.Pool;
let rows: EntryRow[];
let customer: CustomerFacts;

const eventTime = (row: EntryRow): number => row.occurredAtMs ?? row.recordedAtMs;
const units = (text: string): bigint => {
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
  const value = BigInt(whole + fraction.padEnd(12, '0'));
  return text.startsWith('-') ? -value : value;
};
const sum = (list: readonly EntryRow[]): bigint => list.reduce((total, row) => total + units(row.amount), 0n);

/** Half a year of one customer: corrections, negative amounts, many decimals, and what comes in after a month is closed. */
beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  writer = createLedgerPool({ url, name: 'test' });
  pool = createReadPool({ url, name: 'test' });
  const filler = new LedgerFiller(writer, LANES);
  rows = [];
  let n = 0;
  for (let at = START; at < END; at += 3 * DAY) {
    if (new Date(at).getUTCDate() > 3 && new Date(at).getUTCDate() <= 6) filler.close(periodOf(at) - 1);
    const deltas: DeltaParts[] = Array.from({ length: 9 }, () => {
      n += 1;
      // Events up to 40 days before they are recorded, some to the millisecond at a month's first moment.
      const occurredAtMs = n % 5 === 0 ? periodStartMs(periodOf(at)) : at - ((n * 7_919_001) % (40 * DAY));
      return {
        customerId: 'acme',
        key: `k${n}`,
        amount: ['0.1', '0.2', '-3.000000000001', '1000000', '7.5'][n % 5] ?? '1',
        reason: ['input', 'output', 'ß "quoted"'][n % 3] ?? '',
        ...(n % 4 === 0 ? {} : { occurredAtMs }),
        ...(n % 2 === 0 && { metadata: { model: `m${n % 3}`, 'a.b': n % 5, ...(n % 3 === 0 && { x: {} }) } }),
      };
    });
    rows.push(...(await filler.write(deltas, at)));
    await filler.write([{ customerId: `other_${n % 4}`, key: `o${n}`, amount: '5' }], at);
  }
  const found = await readCustomer(pool, {
    lane: laneOf('env_test', 'acme', LANES),
    environmentId: 'env_test',
    customerId: 'acme',
  });
  if (found.customer === undefined) throw new Error('acme is not there');
  customer = found.customer;
}, 60_000);

afterAll(async () => {
  await pool.end();
  await writer.end();
});

describe('a customer’s facts', () => {
  it('are those of its deltas', () => {
    expect(rows.length).toBeGreaterThan(500);
    expect(rows.some((row) => row.late)).toBe(true);
    expect(customer.count).toBe(rows.length);
    expect(customer.balance).toBe(sum(rows));
    expect(customer.lastRecordKey).toBe(rows.at(-1)?.recordKey);
    for (const period of customer.periods) {
      const counted = rows.filter((row) => row.period === period.period);
      expect([period.count, period.net]).toEqual([counted.length, sum(counted)]);
    }
    expect(customer.periods.reduce((count, one) => count + one.count, 0)).toBe(rows.length);
  });

  it('come with the position also when there is no such customer, and without a lane', async () => {
    const nobody = await readCustomer(pool, { lane: 0, environmentId: 'env_test', customerId: 'nobody' });
    expect(nobody.customer).toBeUndefined();
    expect(nobody.position.envelopes).toBeGreaterThan(0);
    const elsewhere = { lane: 99, environmentId: 'env_test', customerId: 'acme' };
    expect(await readCustomer(pool, elsewhere)).toEqual({
      position: { lane: 99, sequence: 0, envelopes: 0 },
      customer: undefined,
    });
  });

  it('are not those of the same name in another environment', async () => {
    const lane = laneOf('env_test', 'acme', LANES);
    const found = await readCustomer(pool, { lane, environmentId: 'env_live', customerId: 'acme' });
    expect(found.customer).toBeUndefined();
  });
});

const time = fc.oneof(
  fc.integer({ min: START - 50 * DAY, max: END + DAY }),
  fc.constantFrom(...Array.from({ length: 6 }, (_, i) => periodStartMs(periodOf(START) + i))),
);
const index = fc.integer({ min: -2, max: 560 });
const scope: fc.Arbitrary<EntryScope> = fc.record(
  {
    period: fc.integer({ min: periodOf(START) - 1, max: periodOf(END) + 1 }),
    fromMs: time,
    toMs: time,
    fromIndex: index,
    toIndex: index,
  },
  { requiredKeys: [] },
);

function inScope({ period, fromMs, toMs, fromIndex, toIndex }: EntryScope): EntryRow[] {
  return rows.filter(
    (row) =>
      (period === undefined || row.period === period) &&
      eventTime(row) >= (fromMs ?? -Infinity) &&
      eventTime(row) < (toMs ?? Infinity) &&
      row.index >= (fromIndex ?? 0) &&
      row.index < (toIndex ?? Infinity),
  );
}

describe('any scope', () => {
  it('sums to what its deltas sum to, by hand', async () => {
    await fc.assert(
      fc.asyncProperty(scope, async (wanted) => {
        const expected = inScope(wanted);
        const first = expected[0];
        const last = expected.at(-1);
        expect(await sumEntries(pool, selectEntries(customer, wanted))).toEqual({
          count: expected.length,
          net: sum(expected),
          span: first && last && { first: first.index, last: last.index },
        });
      }),
      { numRuns: 200 },
    );
  }, 30_000);

  it('is paged in log order and from the newest back, without repetition or gap', async () => {
    const page = fc.record({
      limit: fc.integer({ min: 1, max: 60 }),
      offset: fc.nat(80),
      newestFirst: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scope, page, async (wanted, { limit, offset, newestFirst }) => {
        const expected = inScope(wanted);
        if (newestFirst) expected.reverse();
        const selection = selectEntries(customer, wanted);
        const narrow = narrowSelection(selection, await sumEntries(pool, selection));
        const found = await pageEntries(pool, selection, { limit, offset, newestFirst });
        expect(await pageEntries(pool, narrow, { limit, offset, newestFirst })).toEqual(found);
        expect(found.map((entry) => entry.index)).toEqual(
          expected.slice(offset, offset + limit).map((row) => row.index),
        );
        for (const entry of found) {
          const row = rows[entry.index]!;
          expect([entry.recordKey, formatAmount(entry.amount), formatAmount(entry.balance)]).toEqual([
            row.recordKey,
            row.amount,
            row.balance,
          ]);
          expect([entry.metadata, entry.salt, entry.reason]).toEqual([row.metadata, row.salt, row.reason]);
        }
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  it('is broken down by day, week, month and group into parts that make up the whole', async () => {
    const query = fc.record({
      granularity: fc.constantFrom<Granularity | undefined>('day', 'week', 'month', undefined),
      groupBy: fc.constantFrom(
        undefined,
        { reason: true } as const,
        { metadata: 'model' },
        { metadata: 'a.b' },
      ),
    });
    await fc.assert(
      fc.asyncProperty(scope, query, async (wanted, { granularity, groupBy }) => {
        const found = await breakDown(pool, selectEntries(customer, wanted), {
          granularity,
          groupBy,
          limit: 9_999,
        });
        const expected = Map.groupBy(inScope(wanted), (row) =>
          JSON.stringify([bucketOf(granularity, eventTime(row)), groupOf(groupBy, row)]),
        );
        const shown = new Map(
          found.map((row) => [
            JSON.stringify([row.startMs ?? null, row.group ?? null]),
            [row.count, row.net],
          ]),
        );
        expect(shown).toEqual(new Map([...expected].map(([key, list]) => [key, [list.length, sum(list)]])));
        expect(shown.size).toBe(found.length);
        const starts = found.map((row) => row.startMs ?? 0);
        expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      }),
      { numRuns: 150 },
    );
  }, 30_000);

  function bucketOf(granularity: Granularity | undefined, timeMs: number): number | null {
    const date = new Date(timeMs);
    const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    if (granularity === 'day') return Date.UTC(year, month, dayOfMonth);
    if (granularity === 'month') return Date.UTC(year, month, 1);
    if (granularity === 'week') return Date.UTC(year, month, dayOfMonth - ((date.getUTCDay() + 6) % 7));
    return null;
  }

  function groupOf(
    groupBy: { reason: true } | { metadata: string } | undefined,
    row: EntryRow,
  ): string | null {
    if (groupBy === undefined) return null;
    if ('reason' in groupBy) return row.reason;
    const metadata = JSON.parse(row.metadata ?? '{}') as Record<string, unknown>;
    const value = metadata[groupBy.metadata];
    return value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);
  }
});

describe('knowledge time', () => {
  it('finds how many deltas were recorded by then', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: START - DAY, max: END + DAY }), async (asOf) => {
        const known = rows.filter((row) => row.recordedAtMs <= asOf).length;
        expect(await findIndexAsOf(pool, customer, asOf)).toBe(known);
      }),
      { numRuns: 100, examples: [[START], [START - 1], [START + 3 * DAY], [END]] },
    );
  }, 30_000);
});

describe('a page that is only shown', () => {
  it('has the same deltas, wherever it begins and however many periods it lies in', async () => {
    const page = fc.record({
      limit: fc.integer({ min: 1, max: 120 }),
      offset: fc.nat(600),
      newestFirst: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(scope, page, async (of, part) => {
        const wanted = selectEntries(customer, of);
        const selection = narrowSelection(wanted, await sumEntries(pool, wanted));
        const whole = await pageEntries(pool, selection, part);
        expect(await pageShownEntries(pool, selection, part)).toEqual(
          whole.map(({ leaf: _leaf, logSequence: _sequence, amount, balance, ...rest }) => ({
            ...rest,
            amount: formatAmount(amount),
            balance: formatAmount(balance),
          })),
        );
      }),
      { numRuns: 100, examples: [[{}, { limit: 100, offset: 0, newestFirst: false }]] },
    );
  }, 30_000);
});

describe('the plans', () => {
  it('leave out every partition that a selection has nothing in', async () => {
    const november = parsePeriod('2026-11')!;
    const { lastIndex } = customer.periods.at(-1)!;
    const selection = selectEntries(customer, { period: november, toIndex: lastIndex });
    const { text, values } = whereSelected(selection, selection.partial);
    const plan = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT sum(amount) FROM entry WHERE ${text}`,
      values,
    );
    const shown = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(shown).toContain('entry_2026_11');
    expect(shown).not.toMatch(/entry_2026_(0|10)/);
  });

  it('are made on connections that cannot write and do not ask for ever', async () => {
    await expect(pool.query('DELETE FROM entry')).rejects.toMatchObject({ code: '25006' });
    const impatient = createReadPool({
      url: String(pool.options.connectionString),
      name: 'test',
      statementTimeoutMs: 50,
    });
    await expect(impatient.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    await impatient.end();
  });
});
