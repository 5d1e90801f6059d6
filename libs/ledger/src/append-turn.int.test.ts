import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase } from '@pacspace/testing';
import fc from 'fast-check';
import type pg from 'pg';
import { appendTurn, ensurePeriod } from './append-turn.js';
import { type LaneState, loadLane } from './lane-state.js';
import { loadCustomers, loadPeriods } from './load-states.js';
import { migrate } from './migrate.js';
import { createLedgerPool } from './pool.js';
import type { EntryRow, NewCustomerRow, NodeRow, PeriodRow, RejectionRow, Turn } from './turn.js';

const LANES = 64;
const PERIOD = 2026 * 12 + 10;
const HASH = 'ab'.repeat(32);

let url: string;
let pool: pg.Pool;
let lane = -1;
let nextCustomer = 1;
let nextKey = 1;

const newKey = (): string => (nextKey++).toString(16).padStart(32, '0');

beforeAll(async () => {
  ({ url } = await createDatabase({ name: 'ledger', migrate }));
  pool = createLedgerPool({ url, name: 'append test', max: 6 });
  await ensurePeriod(pool, PERIOD);
});

afterAll(() => pool.end());

// Each test writes a lane of its own.
beforeEach(async () => {
  lane += 1;
  await loadLane(pool, lane, LANES);
});

function makeEntry(parts: Partial<EntryRow> = {}): EntryRow {
  return {
    customerNo: 1,
    index: 0,
    period: PERIOD,
    late: false,
    leaf: 0,
    logSequence: 1,
    recordedAtMs: 1_795_000_000_000,
    occurredAtMs: undefined,
    recordKey: newKey(),
    traceId: '1'.repeat(32),
    adjustsKey: undefined,
    amount: '1',
    balance: '1',
    reason: 'usage',
    referenceId: undefined,
    metadata: undefined,
    salt: undefined,
    ...parts,
  };
}

function makeCustomer(parts: Partial<NewCustomerRow> = {}): NewCustomerRow {
  const number = nextCustomer++;
  return {
    number,
    environmentId: 'env_test',
    customerId: `customer-${number}`,
    count: 1,
    balance: '1',
    firstRecordedAtMs: 1_795_000_000_000,
    lastRecordedAtMs: 1_795_000_000_000,
    lastRecordKey: newKey(),
    lastSequence: 1,
    ...parts,
  };
}

function makePeriod(customerNo: number, parts: Partial<PeriodRow> = {}): PeriodRow {
  return {
    customerNo,
    period: PERIOD,
    count: 1,
    net: '1',
    firstIndex: 0,
    lastIndex: 0,
    firstAtMs: 1_795_000_000_000,
    lastAtMs: 1_795_000_000_000,
    frontier: HASH,
    ...parts,
  };
}

async function makeTurn(parts: Partial<Turn> = {}): Promise<Turn> {
  const before = await loadLane(pool, lane, LANES);
  const entries = parts.entries ?? [];
  const newCustomers = parts.newCustomers ?? [];
  const after: LaneState = {
    ...before,
    sequence: before.sequence + 1,
    envelopes: before.envelopes + 1,
    entries: before.entries + entries.length,
    customers: before.customers + newCustomers.length,
    recordedAtMs: 1_795_000_000_000,
  };
  return {
    lane,
    fromSequence: before.sequence,
    after,
    entries,
    newCustomers,
    changedCustomers: [],
    newPeriods: [],
    changedPeriods: [],
    nodes: [],
    rejections: [],
    closings: [],
    usage: [],
    ...parts,
  };
}

async function countRows(table: string, where: string, values: unknown[]): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `SELECT count(*)::int4 AS n FROM ${table} WHERE ${where}`,
    values,
  );
  return rows[0]!.n;
}

describe('appendTurn', () => {
  it('writes all of a turn, in every table, as it was given', async () => {
    const customer = makeCustomer({
      count: 2,
      balance: '-3.5',
      lastSequence: 77,
      environmentId: 'env_ä"\\\t{,}',
    });
    const entry = makeEntry({
      customerNo: customer.number,
      index: 1,
      leaf: 9,
      late: true,
      logSequence: 77,
      occurredAtMs: 1_700_000_000_001,
      adjustsKey: newKey(),
      amount: '-0.000000000001',
      balance: '-3.5',
      reason: 'a "reason"\twith\n\\N',
      referenceId: 'ref',
      metadata: '{"a":"\\\\"}',
      salt: 'c'.repeat(32),
    });
    const node: NodeRow = { customerNo: customer.number, period: PERIOD, level: 8, index: 3, hash: HASH };
    const rejection: RejectionRow = {
      sequence: 77,
      ordinal: 4,
      environmentId: 'env_test',
      customerId: 'x',
      recordKey: newKey(),
      traceId: '2'.repeat(32),
      fingerprint: 'cd'.repeat(32),
      amount: '5',
      code: 'IDEMPOTENCY_CONFLICT',
      recordedAtMs: 12,
    };
    const period = makePeriod(customer.number, {
      net: '-3.5',
      count: 2,
      lastIndex: 1,
      frontier: HASH + HASH,
    });
    const turn = await makeTurn({
      entries: [entry],
      newCustomers: [customer],
      newPeriods: [period],
      nodes: [node],
      rejections: [rejection],
    });
    await appendTurn(pool, turn);

    expect(await loadLane(pool, lane, LANES)).toEqual(turn.after);
    expect(await loadCustomers(pool, [customer])).toEqual([customer]);
    expect(await loadPeriods(pool, [period])).toEqual([period]);
    const { rows } = await pool.query('SELECT * FROM entry WHERE record_key = $1', [entry.recordKey]);
    expect(rows).toEqual([
      {
        idx: '1',
        leaf: '9',
        log_sequence: '77',
        recorded_at_ms: '1795000000000',
        occurred_at_ms: '1700000000001',
        customer_no: customer.number,
        period: PERIOD,
        record_key: expect.stringContaining('-'),
        trace_id: '11111111-1111-1111-1111-111111111111',
        adjusts_key: expect.stringContaining('-'),
        amount: '-0.000000000001',
        balance: '-3.5',
        late: true,
        reason: entry.reason,
        reference_id: 'ref',
        metadata: entry.metadata,
        salt: 'cccccccc-cccc-cccc-cccc-cccccccccccc',
      },
    ]);
    const stored = await pool.query('SELECT * FROM record WHERE record_key = $1', [entry.recordKey]);
    expect(stored.rows).toMatchObject([{ idx: '1', customer_no: customer.number, period: PERIOD }]);
    const nodes = await pool.query('SELECT * FROM tree_node WHERE customer_no = $1', [customer.number]);
    expect(nodes.rows).toEqual([
      {
        node_index: '3',
        customer_no: customer.number,
        period: PERIOD,
        level: 8,
        hash: Buffer.from(HASH, 'hex'),
      },
    ]);
    const rejections = await pool.query('SELECT * FROM rejection WHERE lane = $1', [lane]);
    expect(rejections.rows).toMatchObject([
      { sequence: '77', ordinal: 4, code: rejection.code, amount: '5' },
    ]);
  });

  it('changes the customers and periods that a later turn names, and no others', async () => {
    const customers = [makeCustomer(), makeCustomer(), makeCustomer()];
    const periods = customers.map(({ number }) => makePeriod(number));
    await appendTurn(pool, await makeTurn({ newCustomers: customers, newPeriods: periods }));
    const [a, b] = customers.map((customer, n) => ({
      ...customer,
      count: 10 + n,
      balance: `${n}.25`,
      lastRecordedAtMs: customer.lastRecordedAtMs + 1,
      lastRecordKey: newKey(),
      lastSequence: 9,
    }));
    const changedPeriod = {
      ...periods[1]!,
      count: 5,
      net: '-7',
      lastIndex: 9,
      firstAtMs: 1,
      lastAtMs: 2,
      frontier: '',
    };
    await appendTurn(pool, await makeTurn({ changedCustomers: [a!, b!], changedPeriods: [changedPeriod] }));
    const loaded = await loadCustomers(pool, customers);
    expect(loaded.sort((x, y) => x.number - y.number)).toEqual([a, b, customers[2]]);
    const loadedPeriods = await loadPeriods(pool, periods);
    const inOrder = loadedPeriods.sort((x, y) => x.customerNo - y.customerNo);
    expect(inOrder).toEqual([periods[0], changedPeriod, periods[2]]);
  });

  it.each<[string, () => Partial<Turn>]>([
    [
      'a key that is recorded already',
      () => ({ entries: [makeEntry({ recordKey: 'f'.repeat(32), index: nextKey })] }),
    ],
    ['an index that is taken', () => ({ entries: [makeEntry({ index: 7 }), makeEntry({ index: 7 })] })],
    ['a period without its partition', () => ({ entries: [makeEntry({ period: 9, index: nextKey })] })],
    ['a customer that is there already', () => ({ newCustomers: [makeCustomer({ customerId: 'taken' })] })],
    [
      'text that is no UTF-8 for Postgres',
      () => ({ entries: [makeEntry({ reason: 'a\0b', index: nextKey })] }),
    ],
    ['an amount that is none', () => ({ entries: [makeEntry({ amount: 'much', index: nextKey })] })],
    [
      'a tree node twice',
      () => ({
        nodes: [1, 1].map(() => ({ customerNo: 1, period: PERIOD, level: 8, index: 1, hash: HASH })),
      }),
    ],
  ])('writes nothing of a turn with %s', async (_, makeParts) => {
    await pool.query(`INSERT INTO record VALUES ($1, 0, 1, 1) ON CONFLICT DO NOTHING`, ['f'.repeat(32)]);
    if ((await loadCustomers(pool, [{ environmentId: 'env_test', customerId: 'taken' }])).length === 0) {
      await appendTurn(pool, await makeTurn({ newCustomers: [makeCustomer({ customerId: 'taken' })] }));
    }
    const before = await loadLane(pool, lane, LANES);
    const good = makeCustomer();
    const goodEntry = makeEntry({ customerNo: good.number, index: 0 });
    const parts = makeParts();
    const bad = await makeTurn({
      ...parts,
      entries: [goodEntry, ...(parts.entries ?? [])],
      newCustomers: [good, ...(parts.newCustomers ?? [])],
    });
    await expect(appendTurn(pool, bad)).rejects.toThrow();
    expect(await loadLane(pool, lane, LANES)).toEqual(before);
    expect(await loadCustomers(pool, [good])).toEqual([]);
    expect(await countRows('entry', 'record_key = $1', [goodEntry.recordKey])).toBe(0);
    expect(await countRows('record', 'record_key = $1', [goodEntry.recordKey])).toBe(0);
    // The connection that it was tried on is as good as new.
    const again = await makeTurn({ entries: [goodEntry], newCustomers: [good] });
    await appendTurn(pool, again);
    expect(await loadLane(pool, lane, LANES)).toEqual(again.after);
  });

  it('keeps any text that the domain lets through, in every text column', async () => {
    const text = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            '\\',
            '\t',
            '\n',
            '\r',
            '\\N',
            '\\.',
            '\n\\.\n',
            '"',
            "'",
            ',',
            '{',
            '}',
            '\u0001',
            '😀',
            '$1',
            ' ',
          ),
          fc.string({ unit: 'binary', maxLength: 20 }),
        ),
        { minLength: 1 },
      )
      .map((parts) => parts.join('').replaceAll('\0', '?') || '\\');
    const row = fc.record({
      reason: text,
      referenceId: fc.option(text, { nil: undefined }),
      metadata: fc.option(text, { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), text, async (rows, environmentId) => {
        const customer = makeCustomer({ environmentId });
        const entries = rows.map((parts, index) =>
          makeEntry({ ...parts, customerNo: customer.number, index }),
        );
        await appendTurn(pool, await makeTurn({ entries, newCustomers: [customer] }));
        const stored = await pool.query<{
          reason: string;
          reference_id: string | null;
          metadata: string | null;
        }>('SELECT reason, reference_id, metadata FROM entry WHERE customer_no = $1 ORDER BY idx', [
          customer.number,
        ]);
        expect(stored.rows).toEqual(
          rows.map(({ reason, referenceId = null, metadata = null }) => ({
            reason,
            reference_id: referenceId,
            metadata,
          })),
        );
        expect(
          await countRows('customer', 'environment_id = $1 AND number = $2', [
            environmentId,
            customer.number,
          ]),
        ).toBe(1);
      }),
      { numRuns: 40 },
    );
  });

  it.each(['NULL', 'null', '__proto__', '-', '.', ':', 'a.b:c-d_e', 'x'.repeat(128)])(
    'takes a customer called %s',
    async (customerId) => {
      const customer = makeCustomer({ customerId });
      await appendTurn(pool, await makeTurn({ newCustomers: [customer] }));
      expect(await loadCustomers(pool, [{ environmentId: 'env_test', customerId }])).toEqual([customer]);
      expect(await loadCustomers(pool, [{ environmentId: 'env_other', customerId }])).toEqual([]);
    },
  );

  it.each([
    '-1000000000',
    '0.000000000001',
    '999999999999999999999000.000000000001',
    `-1${'0'.repeat(27)}`,
    `${'9'.repeat(60)}.5`,
  ])('keeps the amount %s exactly, when it is new and when it changes', async (amount) => {
    const customer = makeCustomer({ balance: amount });
    const period = makePeriod(customer.number, { net: amount });
    const entries = [makeEntry({ customerNo: customer.number, amount, balance: amount })];
    await appendTurn(pool, await makeTurn({ entries, newCustomers: [customer], newPeriods: [period] }));
    const negative = amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
    const changed = [{ ...customer, balance: negative }];
    await appendTurn(
      pool,
      await makeTurn({ changedCustomers: changed, changedPeriods: [{ ...period, net: negative }] }),
    );
    const { rows } = await pool.query('SELECT amount, balance FROM entry WHERE customer_no = $1', [
      customer.number,
    ]);
    expect(rows).toEqual([{ amount, balance: amount }]);
    expect(await loadCustomers(pool, [customer])).toMatchObject([{ balance: negative }]);
    expect(await loadPeriods(pool, [period])).toMatchObject([{ net: negative }]);
  });

  it('writes more than one piece of COPY text, and every row of it', async () => {
    const customer = makeCustomer({ count: 30_000 });
    const entries = Array.from({ length: 30_000 }, (_, index) =>
      makeEntry({ customerNo: customer.number, index, reason: `r${index}` }),
    );
    await appendTurn(pool, await makeTurn({ entries, newCustomers: [customer] }));
    const { rows } = await pool.query<{ n: number; ok: boolean }>(
      `SELECT count(*)::int4 AS n, bool_and(reason = 'r' || idx) AS ok FROM entry WHERE customer_no = $1`,
      [customer.number],
    );
    expect(rows).toEqual([{ n: 30_000, ok: true }]);
    expect(await countRows('record', 'customer_no = $1', [customer.number])).toBe(30_000);
  });

  it('writes every row, in whatever order customers and keys come', async () => {
    const customers = Array.from({ length: 40 }, () => makeCustomer());
    const counts = new Map<number, number>();
    const entries = Array.from({ length: 3_000 }, (_, n) => {
      const { number } = customers[(n * 7_919) % 40]!;
      const index = counts.get(number) ?? 0;
      counts.set(number, index + 1);
      // Keys of few beginnings, and of beginnings with zeros.
      const recordKey = `${(n % 5).toString(16).padStart(4, '0')}${newKey().slice(4)}`;
      return makeEntry({ customerNo: number, index, recordKey, reason: recordKey });
    });
    await appendTurn(pool, await makeTurn({ entries, newCustomers: customers }));
    const numbers = customers.map(({ number }) => number);
    const { rows } = await pool.query<{ n: number; keys: string[] }>(
      `SELECT count(*)::int4 AS n, array_agg(reason) AS keys
         FROM entry e JOIN record r USING (record_key, customer_no, idx, period)
        WHERE customer_no = ANY($1) AND reason = replace(record_key::text, '-', '')`,
      [numbers],
    );
    expect(rows[0]!.n).toBe(3_000);
    expect(new Set(rows[0]!.keys)).toEqual(new Set(entries.map(({ recordKey }) => recordKey)));
  });

  it('moves the watermark of a turn that wrote nothing else', async () => {
    const turn = await makeTurn();
    await appendTurn(pool, turn);
    expect(await loadLane(pool, lane, LANES)).toEqual(turn.after);
  });
});

describe('two writers of one lane', () => {
  it('that begin at the same watermark: exactly one writes, whatever else is in the turns', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 5 }),
        fc.array(fc.nat(3), { maxLength: 5 }),
        async (writers, pauses) => {
          const turns = await Promise.all(
            Array.from({ length: writers }, async () => {
              const customer = makeCustomer();
              return makeTurn({
                newCustomers: [customer],
                entries: [makeEntry({ customerNo: customer.number })],
              });
            }),
          );
          const results = await Promise.allSettled(
            turns.map(async (turn, n) => {
              await new Promise((resolve) => setTimeout(resolve, pauses[n] ?? 0));
              await appendTurn(pool, turn);
            }),
          );
          const winners = turns.filter((_, n) => results[n]?.status === 'fulfilled');
          expect(winners).toHaveLength(1);
          for (const result of results) {
            if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'FENCED' });
          }
          expect(await loadLane(pool, lane, LANES)).toEqual(winners[0]!.after);
          for (const turn of turns) {
            const [entry] = turn.entries;
            const expected = turn === winners[0] ? 1 : 0;
            expect(await countRows('entry', 'record_key = $1', [entry!.recordKey])).toBe(expected);
            expect(await countRows('record', 'record_key = $1', [entry!.recordKey])).toBe(expected);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it('of which one waits for the other: it stands down as soon as the other has committed', async () => {
    const [first, second] = [await makeTurn(), await makeTurn()];
    const other = await pool.connect();
    await other.query('BEGIN');
    await other.query('UPDATE lane SET sequence = $2 WHERE lane = $1', [lane, first.after.sequence]);
    const waiting = appendTurn(pool, second);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.query('COMMIT');
    other.release();
    await expect(waiting).rejects.toMatchObject({ code: 'FENCED' });
  });

  it('of which one knows an older making of the ledger: it is fenced though its watermark is right', async () => {
    const turn = await makeTurn();
    await pool.query('UPDATE lane SET epoch = epoch + 1 WHERE lane = $1', [lane]);
    await expect(appendTurn(pool, turn)).rejects.toMatchObject({ code: 'FENCED' });
  });

  it('of which one does its turn a second time, not knowing that it was committed', async () => {
    const customer = makeCustomer();
    const turn = await makeTurn({
      newCustomers: [customer],
      entries: [makeEntry({ customerNo: customer.number })],
    });
    await appendTurn(pool, turn);
    await expect(appendTurn(pool, turn)).rejects.toMatchObject({ code: 'FENCED' });
    expect(await countRows('entry', 'customer_no = $1', [customer.number])).toBe(1);
  });
});

describe('a turn with a key that is recorded already', () => {
  it('is refused as a whole', async () => {
    const customer = makeCustomer();
    const [entry, another] = [
      makeEntry({ customerNo: customer.number }),
      makeEntry({ customerNo: customer.number }),
    ];
    await appendTurn(pool, await makeTurn({ newCustomers: [customer], entries: [entry] }));
    const again = await makeTurn({
      entries: [
        { ...another, index: 1 },
        { ...entry, index: 2 },
      ],
    });
    await expect(appendTurn(pool, again)).rejects.toMatchObject({ code: 'KEY_RECORDED' });
    expect((await loadLane(pool, lane, LANES)).sequence).toBe(again.fromSequence);
    expect(await countRows('entry', 'customer_no = $1', [customer.number])).toBe(1);
    expect(await countRows('record', 'customer_no = $1', [customer.number])).toBe(1);
  });
});

describe('loadLane', () => {
  it('makes a lane at 0, once, and refuses another lane count', async () => {
    const fresh = { ...(await makeTurn()).after, sequence: 0, envelopes: 0, recordedAtMs: 0 };
    const loaded = await Promise.all([1, 2, 3, 4].map(() => loadLane(pool, 63, LANES)));
    expect(loaded).toEqual([1, 2, 3, 4].map(() => ({ ...fresh, lane: 63 })));
    await expect(loadLane(pool, 63, 128)).rejects.toMatchObject({ code: 'LANES_MISMATCH' });
  });

  it('makes no lane beside those of another lane count', async () => {
    await expect(loadLane(pool, 100, 128)).rejects.toMatchObject({
      code: 'LANES_MISMATCH',
      message: expect.stringMatching(/made with 64 lanes, LANES is 128/),
    });
    expect(await countRows('lane', 'lane = 100', [])).toBe(0);
  });
});
