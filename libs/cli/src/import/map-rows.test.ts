import { describe, expect, it } from '@jest/globals';
import { type JsonObject, type JsonValue, parseAmount } from '@pacspace/domain';
import { type Row, findTimeReader, findZone } from '@pacspace/tabular';
import { keyByColumns, keyByContent } from './key-rows.js';
import { type MappedRow, createRowMapper } from './map-rows.js';
import { type ImportPlan, planColumns } from './plan.js';

const NOW_MS = Date.UTC(2026, 10, 24);
const ONE = 10n ** 12n;

const PLAN: ImportPlan = {
  customer: { column: 'who' },
  amountColumns: ['in', 'out'],
  factor: ONE,
  metadataColumns: [],
  metadataConstants: [],
  keyColumns: [],
  keyNamespace: '',
};

const TIME = { column: 'at', read: findTimeReader('iso', findZone('utc')!)! };

/** Maps rows given by their cells' names. */
function map(plan: Partial<ImportPlan>, ...rows: readonly JsonObject[]): readonly MappedRow[] {
  const whole = { ...PLAN, ...plan };
  const columns = planColumns(whole);
  const mapper = createRowMapper(whole, whole.keyColumns.length === 0 ? keyByContent() : keyByColumns());
  return rows.map((cells, i) => {
    const row: Row = {
      line: i + 2,
      cells: columns.map((name) => cells[name]),
      content: JSON.stringify(cells),
    };
    return mapper(row, NOW_MS);
  });
}

const sent = (mapped: MappedRow | undefined): readonly Record<string, JsonValue>[] =>
  (mapped?.deltas ?? []).map(({ json }) => JSON.parse(json) as Record<string, JsonValue>);

describe('createRowMapper', () => {
  it('makes one delta per amount column, with the column as its reason', () => {
    const [row] = map({}, { who: ' acme ', in: '374', out: '4.50' });
    expect(sent(row)).toEqual([
      { customerId: 'acme', delta: '374', reason: 'in', idempotencyKey: expect.stringMatching(/^i1\./) },
      { customerId: 'acme', delta: '4.5', reason: 'out', idempotencyKey: expect.stringMatching(/^i1\./) },
    ]);
    expect(row?.deltas).toMatchObject([
      { line: 2, column: 'in', customerId: 'acme', reason: 'in', amount: 374n * ONE },
      { line: 2, column: 'out', customerId: 'acme', reason: 'out', amount: 4_500_000_000_000n },
    ]);
  });

  it('carries time, reference, reason, metadata and constants', () => {
    const plan = {
      reason: { column: 'why' },
      time: TIME,
      referenceColumn: 'id',
      metadataColumns: ['model', 'none'],
      metadataConstants: [['source', 'export']] as const,
    };
    const [row] = map(plan, {
      who: 'acme',
      in: 1,
      why: 'tokens',
      at: '2026-11-01',
      id: 77,
      model: { name: 'm', size: 7 },
      none: '',
    });
    expect(sent(row)).toEqual([
      {
        customerId: 'acme',
        referenceId: '77',
        metadata: { source: 'export', model: { name: 'm', size: 7 } },
        occurredAt: '2026-11-01T00:00:00.000Z',
        delta: '1',
        reason: 'tokens',
        idempotencyKey: expect.any(String),
      },
    ]);
    expect(row?.blanks).toEqual(['out']);
  });

  it('multiplies exactly, or rejects', () => {
    const factor = (text: string): bigint => {
      const parsed = parseAmount(text);
      if (!parsed.ok) throw new Error(text);
      return parsed.amount;
    };
    expect(sent(map({ factor: factor('-0.0025') }, { who: 'a', in: '0.1', out: '-3' })[0])).toMatchObject([
      { delta: '-0.00025' },
      { delta: '0.0075' },
    ]);
    expect(map({ factor: factor('1e-12') }, { who: 'a', in: '0.1', out: '1' })[0]).toMatchObject({
      deltas: [],
      rejects: [{ column: 'in', value: '0.1', reason: expect.stringContaining('more than 12 decimals') }],
    });
  });

  it('skips zeros and blanks, and says how many', () => {
    expect(map({}, { who: 'a', in: '0.00', out: '' }, { who: 'a', in: null, out: '-0' })).toMatchObject([
      { deltas: [], rejects: [], zeros: 1, blanks: ['out'] },
      { deltas: [], rejects: [], zeros: 1, blanks: ['in'] },
    ]);
  });

  it('takes a row whole or not at all, and names each fault once', () => {
    const [row] = map({ time: TIME }, { who: 'not a customer', in: '5', out: '1,5', at: '2026-02-30' });
    expect(row?.deltas).toEqual([]);
    expect(row?.rejects).toEqual([
      { line: 2, column: 'at', value: '2026-02-30', reason: 'a day or time that does not exist' },
      { line: 2, column: 'who', value: 'not a customer', reason: expect.stringMatching(/letters, digits/) },
      { line: 2, column: 'out', value: '1,5', reason: expect.stringMatching(/not a decimal/) },
    ]);
  });

  it.each<[string, Partial<ImportPlan>, JsonObject, string, RegExp]>([
    ['an amount over the limit', {}, { in: '1000000000.5' }, 'in', /within/],
    ['a time in the future', { time: TIME }, { in: '1', at: '2027-01-01' }, 'at', /future/],
    ['a time that is missing', { time: TIME }, { in: '1' }, 'at', /no time/],
    [
      'a reason that is too long',
      { reason: { column: 'why' } },
      { in: '1', why: 'x'.repeat(501) },
      'why',
      /1 to 500/,
    ],
    ['bytes that are no text', { referenceColumn: 'id' }, { in: '1', id: 'caf\ufffd' }, 'id', /--encoding/],
    [
      'metadata named __proto__',
      { metadataConstants: [['__proto__', 'x']] },
      { in: '1' },
      'metadata',
      /__proto__/,
    ],
  ])('rejects %s', (...[, plan, cells, column, reason]) => {
    const [row] = map(plan, { who: 'acme', ...cells });
    expect(row?.deltas).toEqual([]);
    expect(row?.rejects).toEqual([
      expect.objectContaining({ column, reason: expect.stringMatching(reason) }),
    ]);
  });

  it('checks what the deltas of a row share, though the first amount is zero', () => {
    const [row] = map({ time: TIME }, { who: 'acme', in: '0', out: '1', at: '2027-01-01' });
    expect(row?.rejects).toHaveLength(1);
  });

  it('keeps keys when options change what is sent, and gives rejected rows their number', () => {
    const rows = [
      { who: 'a', in: '1', at: 'bad' },
      { who: 'a', in: '1', at: 'bad' },
    ];
    const keys = (plan: Partial<ImportPlan>): readonly unknown[] =>
      map(plan, ...rows).flatMap((row) => sent(row).map((delta) => delta['idempotencyKey']));
    const plain = keys({});
    expect(new Set(plain).size).toBe(2);
    expect(keys({ factor: 2n * ONE, reason: { constant: 'r' }, metadataConstants: [['a', 'b']] })).toEqual(
      plain,
    );
    expect(keys({ amountColumns: ['out', 'in'] })).toEqual(plain);
    expect(keys({ keyNamespace: 'again' })).not.toEqual(plain);
    expect(new Set(keys({ keyColumns: ['who'] })).size).toBe(1);
  });
});
