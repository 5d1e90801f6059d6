import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { laneOf, parsePeriod } from '@pacspace/domain';
import { createDatabase, LedgerFiller } from '@pacspace/testing';
import type pg from 'pg';
import { migrate } from '../migrate.js';
import { createLedgerPool } from '../pool.js';
import type { EntryRow } from '../turn.js';
import { checkIndexes } from './check-indexes.js';
import { createReadPool } from './create-read-pool.js';
import { listCustomers } from './list-customers.js';
import { findRecordPlace, readRecord } from './read-record.js';
import { countUsage, sumEnvironment } from './sum-environment.js';

const UNIT = 10n ** 12n;
const october = Date.parse('2026-10-20T00:00:00Z');
const november = Date.parse('2026-11-20T00:00:00Z');

let writer: pg.Pool;
let pool: pg.Pool;
let filler: LedgerFiller;
let first: EntryRow[];
let second: EntryRow[];

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  writer = createLedgerPool({ url, name: 'test' });
  pool = createReadPool({ url, name: 'test' });
  filler = new LedgerFiller(writer);
  const names = ['Acme', 'acme.eu', 'beta_1', 'beta_2', 'gamma'];
  first = await filler.write(
    names.map((customerId, i) => ({ customerId, key: `a${i}`, amount: `${i + 1}`, referenceId: `ref ${i}` })),
    october,
  );
  second = await filler.write(
    [
      { customerId: 'Acme', key: 'b1', amount: '-0.5', metadata: { a: 1 } },
      { customerId: 'Acme', key: 'b2', amount: '0.25' },
      { customerId: 'acme.eu', key: 'b3', amount: '9' },
      { environmentId: 'env_live', customerId: 'beta_9', key: 'b4', amount: '100' },
    ],
    november,
  );
});
afterAll(async () => {
  await pool.end();
  await writer.end();
});

describe('a record by its key', () => {
  it('is found with its owner, its place and all that it says', async () => {
    const key = second[0]!.recordKey;
    expect(await readRecord(pool, key)).toMatchObject({
      kind: 'recorded',
      environmentId: 'env_test',
      customerId: 'Acme',
      lane: laneOf('env_test', 'Acme', filler.lanes),
      entry: {
        index: 1,
        leaf: 0,
        recordKey: key,
        amount: -UNIT / 2n,
        balance: UNIT / 2n,
        period: parsePeriod('2026-11'),
        late: false,
        metadata: '{"a":1}',
        salt: second[0]?.salt,
        recordedAtMs: november,
        occurredAtMs: undefined,
      },
    });
    const { customerNo } = second[0]!;
    expect(await findRecordPlace(pool, key)).toEqual({ customerNo, index: 1 });
  });

  it('is not found when nothing came under the key', async () => {
    expect(await readRecord(pool, 'f'.repeat(32))).toBeUndefined();
    expect(await findRecordPlace(pool, 'f'.repeat(32))).toBeUndefined();
  });

  it('says why it was rejected, unless it is recorded all the same', async () => {
    const parts = { customerId: 'gamma', key: 'bad', amount: '7' };
    const rejected = await filler.reject(parts, 'ADJUSTS_UNKNOWN', november);
    const found = await readRecord(pool, rejected.recordKey);
    expect(found).toMatchObject({
      kind: 'rejected',
      customerId: 'gamma',
      code: 'ADJUSTS_UNKNOWN',
      amount: 7n * UNIT,
      fingerprint: rejected.fingerprint,
    });
    await filler.reject({ customerId: 'Acme', key: 'b1', amount: '3' }, 'IDEMPOTENCY_CONFLICT', november);
    expect(await readRecord(pool, second[0]!.recordKey)).toMatchObject({ kind: 'recorded' });
  });
});

describe('the customers of an environment', () => {
  const list = (search?: string, page = { limit: 10, offset: 0 }) =>
    listCustomers(pool, { environmentId: 'env_test', search, ...page });

  it('are listed by id, in pages, with their totals', async () => {
    const { customers, total } = await list();
    expect(total).toBe(5);
    expect(customers.map((one) => one.customerId)).toEqual(['Acme', 'acme.eu', 'beta_1', 'beta_2', 'gamma']);
    expect(customers[0]).toEqual({
      customerId: 'Acme',
      count: 3,
      balance: (UNIT * 3n) / 4n,
      firstRecordedAtMs: october,
      lastRecordedAtMs: november,
      lastRecordKey: second[1]?.recordKey,
    });
    const page = await list(undefined, { limit: 2, offset: 4 });
    expect([page.total, page.customers.map((one) => one.customerId)]).toEqual([5, ['gamma']]);
  });

  it.each([
    ['acme', ['Acme', 'acme.eu']],
    ['BETA', ['beta_1', 'beta_2']],
    ['_2', ['beta_2']],
    ['%', []],
    ['a_', ['beta_1', 'beta_2']],
    ["'; DROP TABLE customer; --", []],
  ])('are searched by a part of the id, taken literally: %s', async (search, expected) => {
    const { customers, total } = await list(search);
    expect([total, customers.map((one) => one.customerId)]).toEqual([expected.length, expected]);
  });

  it('are summed, each environment for itself', async () => {
    expect(await sumEnvironment(pool, 'env_test', november)).toEqual({
      customers: 5,
      active: 2,
      count: 8,
      balance: 15n * UNIT + 9n * UNIT - UNIT / 4n,
      firstRecordedAtMs: october,
      lastRecordedAtMs: november,
    });
    expect(await sumEnvironment(pool, 'env_none', 0)).toEqual({
      customers: 0,
      active: 0,
      count: 0,
      balance: 0n,
      firstRecordedAtMs: undefined,
      lastRecordedAtMs: undefined,
    });
  });

  it('are counted for usage by the month in which they were recorded', async () => {
    expect(await countUsage(pool, 'env_test', parsePeriod('2026-10')!)).toBe(5);
    expect(await countUsage(pool, 'env_test', parsePeriod('2026-11')!)).toBe(3);
    expect(await countUsage(pool, 'env_live', parsePeriod('2026-11')!)).toBe(1);
    expect(await countUsage(pool, 'env_test', parsePeriod('2026-12')!)).toBe(0);
  });
});

describe('the check of a customer’s indexes', () => {
  it('finds them without a break, over partitions', async () => {
    const found = await checkIndexes(pool, first[0]!.customerNo, { fromIndex: 0, toIndex: 3 });
    expect(found).toEqual({ count: 3, first: 0, last: 2, breaks: [] });
  });

  it('keeps to the range, and says when nothing is there', async () => {
    const { customerNo } = first[0]!;
    expect(await checkIndexes(pool, customerNo, { fromIndex: 1, toIndex: 2 })).toMatchObject({
      count: 1,
      first: 1,
    });
    expect(await checkIndexes(pool, customerNo, { fromIndex: 5, toIndex: 9 })).toEqual({
      count: 0,
      first: undefined,
      last: undefined,
      breaks: [],
    });
  });

  it('shows a hole, and an index that is there twice, where somebody tampered', async () => {
    const victim = await filler.write(
      Array.from({ length: 6 }, (_, i) => ({ customerId: 'victim', key: `v${i}`, amount: '1' })),
      october,
    );
    const { customerNo } = victim[0]!;
    await writer.query('DELETE FROM entry WHERE customer_no = $1 AND idx IN (2, 3)', [customerNo]);
    await writer.query(
      `INSERT INTO entry (idx, leaf, log_sequence, recorded_at_ms, customer_no, period, record_key, trace_id, amount,
                          balance, late, reason)
       SELECT idx, leaf, log_sequence, recorded_at_ms, customer_no, period + 1, gen_random_uuid(), trace_id, amount,
              balance, late, reason FROM entry WHERE customer_no = $1 AND idx = 5`,
      [customerNo],
    );
    expect(await checkIndexes(pool, customerNo, { fromIndex: 0, toIndex: 6 })).toEqual({
      count: 5,
      first: 0,
      last: 5,
      breaks: [
        { before: 1, after: 4 },
        { before: 5, after: 5 },
      ],
    });
  });
});
