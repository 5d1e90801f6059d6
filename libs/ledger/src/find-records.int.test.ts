import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type DeltaParts, LedgerFiller } from '@pacspace/testing';
import { fingerprintOf, metadataHashOf, type Sha256Hex } from '@pacspace/wire';
import type pg from 'pg';
import { findRecords, type FoundRecord } from './find-records.js';
import { loadCustomers, loadPeriods } from './load-states.js';
import { migrate } from './migrate.js';
import { createLedgerPool } from './pool.js';
import type { EntryRow } from './turn.js';

const sha256: Sha256Hex = (data) => createHash('sha256').update(data).digest('hex');
const recordedAtMs = Date.UTC(2026, 10, 24);

const deltas: DeltaParts[] = [
  { customerId: 'a', amount: '1', key: 'plain' },
  {
    customerId: 'a',
    amount: '-0.000000000001',
    key: 'full',
    reason: 'ü "\\N\t',
    referenceId: 'r\n',
    occurredAtMs: 1_700_000_000_123,
  },
  {
    customerId: 'b',
    amount: '999999999.999999999999',
    key: 'metadata',
    metadata: { z: 'ö', a: [1, 0.1, null] },
  },
  { customerId: 'NULL', amount: '5', key: 'named NULL', adjustsKey: 'ab'.repeat(16) },
];

let pool: pg.Pool;
let rows: EntryRow[];

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'find test' });
  rows = await new LedgerFiller(pool).write(deltas, recordedAtMs);
});

afterAll(() => pool.end());

const keyOf = (place: number): string => rows[place]!.recordKey;

/** What the projector compares a second delta of the same key with. */
function fingerprintAgain(found: FoundRecord): string {
  const { metadata, salt } = found;
  const metadataHash =
    metadata === undefined || salt === undefined ? undefined : metadataHashOf(salt, metadata, sha256);
  return fingerprintOf({ ...found, metadataHash }, sha256);
}

describe('findRecords', () => {
  it('finds all of what was recorded under a key, in any order, and nothing else', async () => {
    const unknown = ['0'.repeat(32), 'f'.repeat(32)];
    const found = await findRecords(pool, [unknown[0]!, keyOf(3), keyOf(0), unknown[1]!, keyOf(2), keyOf(1)]);
    expect(found.map(({ recordKey }) => recordKey).sort()).toEqual(
      rows.map(({ recordKey }) => recordKey).sort(),
    );
    expect(found.find(({ recordKey }) => recordKey === keyOf(1))).toEqual({
      recordKey: keyOf(1),
      recordId: `rec_${keyOf(1)}`,
      environmentId: 'env_test',
      customerId: 'a',
      lane: expect.any(Number),
      index: 1,
      logSequence: rows[1]!.logSequence,
      recordedAtMs,
      occurredAtMs: 1_700_000_000_123,
      adjusts: undefined,
      amount: -1n,
      reason: 'ü "\\N\t',
      referenceId: 'r\n',
      metadata: undefined,
      salt: undefined,
    });
    expect(await findRecords(pool, unknown)).toEqual([]);
    expect(await findRecords(pool, [])).toEqual([]);
  });

  it('gives enough to compute the fingerprint again', async () => {
    const { buildDelta } = await import('@pacspace/testing');
    for (const [place, parts] of deltas.entries()) {
      const [found] = await findRecords(pool, [keyOf(place)]);
      expect(fingerprintAgain(found!)).toBe(buildDelta(parts).fingerprint);
    }
  });

  it('takes a key that is asked for twice, and thousands at once', async () => {
    expect(await findRecords(pool, [keyOf(0), keyOf(0)])).toHaveLength(1);
    const many = Array.from({ length: 20_000 }, (_, n) => sha256(String(n)).slice(0, 32));
    expect(await findRecords(pool, [...many, keyOf(2)])).toHaveLength(1);
  });
});

describe('loadCustomers and loadPeriods', () => {
  it('know those that have begun, and no others', async () => {
    const name = (customerId: string, environmentId = 'env_test') => ({ environmentId, customerId });
    const loaded = await loadCustomers(pool, [
      name('a'),
      name('NULL'),
      name('null'),
      name('a', 'env_other'),
      name('nobody'),
      name('with "quotes" and \\', 'env "x"'),
    ]);
    expect(loaded.map(({ customerId, count, balance }) => [customerId, count, balance]).sort()).toEqual([
      ['NULL', 1, '5'],
      ['a', 2, '0.999999999999'],
    ]);
    expect(await loadCustomers(pool, [])).toEqual([]);

    const a = loaded.find(({ customerId }) => customerId === 'a')!;
    const period = 2026 * 12 + 10;
    const periods = await loadPeriods(pool, [
      { customerNo: a.number, period },
      { customerNo: a.number, period: period + 1 },
      { customerNo: 2_000_000_000, period },
    ]);
    expect(periods).toMatchObject([
      { customerNo: a.number, period, count: 1, net: '1', firstIndex: 0, lastIndex: 0 },
    ]);
    expect(periods[0]!.frontier).toMatch(/^[0-9a-f]{64}$/);
    expect(await loadPeriods(pool, [])).toEqual([]);
  });
});
