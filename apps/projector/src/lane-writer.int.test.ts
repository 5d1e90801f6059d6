import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Period, parsePeriod, periodOf } from '@pacspace/domain';
import {
  checkLedger,
  compareRebuilt,
  createLedgerPool,
  createRebuildSchema,
  migrate,
  REBUILD_SCHEMA,
} from '@pacspace/ledger';
import type { LoggedMessage } from '@pacspace/log';
import { buildDelta, createDatabase, type DeltaParts } from '@pacspace/testing';
import { encodeCloseEnvelope, encodeDelta, encodeEnvelope, type PeriodClose } from '@pacspace/wire';
import fc from 'fast-check';
import pg from 'pg';
import { LaneWriter } from './lane-writer.js';

const LANES = 1;
const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-01-01T00:00:00Z');

/** One writer's tables: those of the ledger in use, and those of a rebuild beside it. */
let ledger: pg.Pool;
let rebuild: pg.Pool;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  ledger = createLedgerPool({ url, name: 'test', max: 2 });
  rebuild = createLedgerPool({ url, name: 'test', max: 2, schema: REBUILD_SCHEMA });
}, 60_000);

afterAll(async () => {
  await ledger.end();
  await rebuild.end();
});

/** Empties both sets of tables; the partitions stay. */
async function begin(): Promise<void> {
  await ledger.query(
    'TRUNCATE lane, customer, customer_period, entry, tree_node, record, rejection, closing, usage',
  );
  await createRebuildSchema(ledger);
}

async function differences(): Promise<unknown[]> {
  const client = await ledger.connect();
  try {
    return await compareRebuilt(client);
  } finally {
    client.release();
  }
}

function deltasAt(sequence: number, recordedAtMs: number, deltas: readonly DeltaParts[]): LoggedMessage {
  const payload = encodeEnvelope(
    `p-${sequence}`,
    deltas.map((parts) => encodeDelta(buildDelta(parts))),
  );
  return { sequence, recordedAtMs, payload, traceparent: undefined };
}

function closeAt(sequence: number, recordedAtMs: number, close: PeriodClose): LoggedMessage {
  const payload = encodeCloseEnvelope(`p-${sequence}`, close);
  return { sequence, recordedAtMs, payload, traceparent: undefined };
}

const month = (text: string): Period => parsePeriod(text)!;

describe('LaneWriter and closed periods', () => {
  it('closes a period in the turn that makes the customer, and remembers it over its own end', async () => {
    await begin();
    const october = Date.parse('2026-10-10T00:00:00Z');
    const november = Date.parse('2026-11-02T00:00:00Z');
    const x = (key: string, occurredAtMs: number): DeltaParts => ({
      customerId: 'x',
      amount: '1',
      key,
      occurredAtMs,
    });
    const first = new LaneWriter(0, LANES, ledger);
    await first.open();
    await first.write(
      [
        deltasAt(1, november, [x('a', october)]),
        closeAt(2, november, { environmentId: 'env_test', customerId: 'x', period: month('2026-10') }),
        deltasAt(3, november, [x('b', october)]),
      ],
      0,
    );
    const next = new LaneWriter(0, LANES, ledger);
    await next.open();
    await next.write([deltasAt(4, november, [x('c', october), { ...x('d', october), customerId: 'y' }])], 0);
    const all = new LaneWriter(0, LANES, ledger);
    await all.open();
    await all.write([closeAt(5, november, { environmentId: 'env_test', period: month('2026-10') })], 0);
    const last = new LaneWriter(0, LANES, ledger);
    await last.open();
    await last.write([deltasAt(6, november, [{ ...x('e', october), customerId: 'y' }])], 0);

    const { rows } = await ledger.query(
      `SELECT c.customer_id, e.idx::int4, e.period, e.late FROM entry e JOIN customer c ON c.number = e.customer_no
        ORDER BY c.customer_id, e.idx`,
    );
    expect(rows).toEqual([
      { customer_id: 'x', idx: 0, period: month('2026-10'), late: false },
      { customer_id: 'x', idx: 1, period: month('2026-11'), late: true },
      { customer_id: 'x', idx: 2, period: month('2026-11'), late: true },
      { customer_id: 'y', idx: 0, period: month('2026-10'), late: false },
      { customer_id: 'y', idx: 1, period: month('2026-11'), late: true },
    ]);
    expect(
      (await ledger.query('SELECT customer_no, period FROM closing ORDER BY log_sequence')).rows,
    ).toEqual([
      { customer_no: 0, period: month('2026-10') },
      { customer_no: null, period: month('2026-10') },
    ]);
    expect(await checkLedger(ledger)).toEqual([]);
  });

  it('is found out by the ledger’s own check when a closing or a delta’s month is changed', async () => {
    const faultsAfter = async (sql: string): Promise<string[]> => {
      await ledger.query(sql);
      return (await checkLedger(ledger)).map(({ rule }) => rule);
    };
    const inMonth = expect.stringContaining('counts in the month in which it happened');
    const ofCustomer = expect.stringContaining('closed through the latest of its own closings');
    expect(await faultsAfter('UPDATE entry SET late = false WHERE idx = 2')).toEqual([inMonth]);
    expect(await faultsAfter('UPDATE entry SET late = true WHERE idx = 2')).toEqual([]);
    expect(await faultsAfter('UPDATE customer SET closed_through = -1')).toEqual([ofCustomer]);
    // Both of x's late ones have lost their reason.
    expect(await faultsAfter('DELETE FROM closing WHERE customer_no IS NOT NULL')).toEqual([
      inMonth,
      inMonth,
    ]);
  });

  it('makes the same ledger from any log with closings in it, however it is cut into writers and turns', async () => {
    const item = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          customerId: fc.constantFrom('x', 'y', 'z'),
          day: fc.option(fc.nat(120), { nil: undefined }),
          key: fc.nat(60).map(String),
        }),
      },
      { weight: 1, arbitrary: fc.record({ back: fc.nat(2), closes: fc.constantFrom(undefined, 'x', 'y') }) },
    );
    const log = fc.array(fc.tuple(fc.nat(4 * DAY_MS), item, fc.constantFrom('on', 'turn', 'writer')), {
      minLength: 10,
      maxLength: 50,
    });
    let closings = 0;
    let late = 0;
    await fc.assert(
      fc.asyncProperty(log, async (parts) => {
        await begin();
        let atMs = START_MS + 40 * DAY_MS;
        const messages = parts.map(([pauseMs, one], i) => {
          atMs += pauseMs;
          if ('closes' in one) {
            const period = periodOf(atMs) - 1 - one.back;
            return closeAt(i + 1, atMs, { environmentId: 'env_test', customerId: one.closes, period });
          }
          const { customerId, key, day } = one;
          const when = day === undefined ? {} : { occurredAtMs: START_MS + day * DAY_MS };
          return deltasAt(i + 1, atMs, [{ customerId, key, amount: '1', ...when }]);
        });

        const whole = new LaneWriter(0, LANES, ledger);
        await whole.open();
        await whole.write(messages, 0);
        let writer = new LaneWriter(0, LANES, rebuild);
        await writer.open();
        let turn: LoggedMessage[] = [];
        for (const [i, [, , cut]] of parts.entries()) {
          turn.push(messages[i]!);
          if (cut === 'on' && i < parts.length - 1) continue;
          await writer.write(turn, 0);
          turn = [];
          if (cut !== 'writer') continue;
          writer = new LaneWriter(0, LANES, rebuild);
          await writer.open();
        }

        expect(await differences()).toEqual([]);
        expect(await checkLedger(ledger)).toEqual([]);
        const { rows } = await ledger.query<{ closings: number; late: number }>(
          `SELECT (SELECT count(*) FROM closing)::int4 AS closings, count(*)::int4 AS late FROM entry WHERE late`,
        );
        closings += rows[0]!.closings;
        late += rows[0]!.late;
      }),
      { numRuns: 12 },
    );
    // The draws are random: that they met what the property is about is certain, how often is not.
    expect(closings).toBeGreaterThan(0);
    expect(late).toBeGreaterThan(0);
  }, 120_000);
});

describe('LaneWriter and keys that are recorded already', () => {
  it('finds them in any later turn, knows what is closed as before, and goes on', async () => {
    await begin();
    const now = Date.parse('2026-11-02T00:00:00Z');
    const october = Date.parse('2026-10-10T00:00:00Z');
    const ada = (key: string, parts: Partial<DeltaParts> = {}): DeltaParts => ({
      ...{ customerId: 'ada', amount: '1', key },
      ...parts,
    });
    const writer = new LaneWriter(0, LANES, ledger);
    await writer.open();
    await writer.write([deltasAt(1, now, [ada('a'), ada('b'), ada('a')])], 0);
    await writer.write([closeAt(2, now, { environmentId: 'env_test', period: month('2026-10') })], 0);
    const { turn, failed } = await writer.write(
      [
        deltasAt(3, now, [ada('c', { occurredAtMs: october }), ada('a'), ada('b', { amount: '2' })]),
        deltasAt(4, now, [ada('c', { occurredAtMs: october }), ada('d', { customerId: 'bob' })]),
      ],
      0,
    );
    expect(turn.entries.map(({ index, late, balance }) => ({ index, late, balance }))).toEqual([
      { index: 2, late: true, balance: '3' },
      { index: 0, late: false, balance: '1' },
    ]);
    expect(failed).toMatchObject([{ sequence: 3, code: 'IDEMPOTENCY_CONFLICT' }]);
    // Of the turns after it each is right as well, whether its keys are looked up or not.
    for (let sequence = 5; sequence < 115; sequence += 1) {
      await writer.write([deltasAt(sequence, now, [ada(`key ${sequence}`), ada(`key ${sequence - 1}`)])], 0);
    }
    const { rows } = await ledger.query('SELECT sequence::int4, entries::int4, duplicates::int4 FROM lane');
    expect(rows).toEqual([{ sequence: 114, entries: 115, duplicates: 112 }]);
    expect(await checkLedger(ledger)).toEqual([]);
  }, 60_000);

  it('asks for none of them while none was there', async () => {
    await begin();
    const writer = new LaneWriter(0, LANES, ledger);
    await writer.open();
    const asked: string[] = [];
    const query = jest.spyOn(pg.Client.prototype, 'query').mockName('query');
    try {
      await writer.write([deltasAt(1, START_MS, [{ customerId: 'ada', amount: '1', key: 'a' }])], 0);
      await writer.write([deltasAt(2, START_MS, [{ customerId: 'ada', amount: '1', key: 'b' }])], 0);
      for (const [sql] of query.mock.calls as unknown as [{ name?: string }][]) asked.push(sql.name ?? '');
    } finally {
      query.mockRestore();
    }
    expect(asked).toContain('move-watermark');
    expect(asked).not.toContain('find-records');
  });
});
