import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DELTA_LIMITS, type ParsedDelta, isCustomerId, isRecordId, parseDelta } from './delta.js';
import { formatTime } from './time.js';

const NOW = Date.UTC(2026, 10, 24, 3, 19, 53);
const RECORD_ID = `rec_${'0123456789abcdef'.repeat(2)}`;
const GOOD = { customerId: 'acme', delta: '12.5', reason: 'tokens' };

const parse = (fields: object): ParsedDelta => parseDelta({ ...GOOD, ...fields }, NOW);

function pathsOf(result: ParsedDelta): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.path);
}

function messageOf(result: ParsedDelta): string {
  return result.ok ? '' : result.problems.map((problem) => problem.message).join('; ');
}

describe('parseDelta', () => {
  it('keeps what it was given, exactly, and adds nothing', () => {
    expect(parseDelta(GOOD, NOW)).toEqual({
      ok: true,
      delta: { customerId: 'acme', amount: 12_500_000_000_000n, reason: 'tokens' },
    });
    const full = {
      ...GOOD,
      referenceId: 'ref-1',
      metadata: { model: 'x', n: [1, { a: null }] },
      adjusts: { recordId: RECORD_ID },
      occurredAt: '2026-11-01T00:00:00+01:00',
      idempotencyKey: 'key-1',
    };
    expect(parseDelta(full, NOW)).toEqual({
      ok: true,
      delta: {
        customerId: 'acme',
        amount: 12_500_000_000_000n,
        reason: 'tokens',
        referenceId: 'ref-1',
        metadata: full.metadata,
        adjusts: { recordId: RECORD_ID },
        occurredAtMs: Date.UTC(2026, 9, 31, 23),
        idempotencyKey: 'key-1',
      },
    });
  });

  it('takes null for absent wherever absent is allowed', () => {
    const nulls = {
      referenceId: null,
      metadata: null,
      adjusts: null,
      occurredAt: null,
      idempotencyKey: null,
    };
    expect(parse(nulls)).toEqual(parseDelta(GOOD, NOW));
    expect(parse({ adjusts: { recordId: null, referenceId: 'r' } })).toMatchObject({
      ok: true,
      delta: { adjusts: { referenceId: 'r' } },
    });
    expect(pathsOf(parseDelta({ customerId: null, delta: null, reason: null }, NOW))).toEqual([
      'customerId',
      'delta',
      'reason',
    ]);
  });

  it.each([undefined, null, 1, 'text', true, [], [GOOD]])('refuses %j, which is no object', (input) => {
    expect(parseDelta(input, NOW)).toEqual({
      ok: false,
      problems: [{ path: '', message: 'must be a JSON object' }],
    });
  });

  it('reports all problems at once', () => {
    const bad = {
      customerId: 'a b',
      delta: 0,
      reason: '',
      referenceId: 7,
      metadata: [],
      adjusts: {},
      occurredAt: 'yesterday',
      idempotencyKey: {},
      occuredAt: '2026-11-01',
    };
    expect(pathsOf(parseDelta(bad, NOW))).toEqual([
      'customerId',
      'delta',
      'reason',
      'referenceId',
      'idempotencyKey',
      'metadata',
      'adjusts',
      'occurredAt',
      'occuredAt',
    ]);
    expect(pathsOf(parseDelta({}, NOW))).toEqual(['customerId', 'delta', 'reason']);
  });

  it('answers many unknown fields with a few problems', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`field${n}`, n]));
    const result = parse(many);
    expect(pathsOf(result).slice(0, 2)).toEqual(['field0', 'field1']);
    expect(JSON.stringify(result).length).toBeLessThan(4_000);
    expect(JSON.stringify(parse({ ['x'.repeat(100_000)]: 1 })).length).toBeLessThan(1_000);
  });

  it('refuses __proto__ as a field, and is not fooled by it', () => {
    const input: unknown = JSON.parse(
      '{"__proto__":{"customerId":"acme","delta":1,"reason":"r"},"customerId":"x","delta":1,"reason":"r"}',
    );
    expect(pathsOf(parseDelta(input, NOW))).toEqual(['__proto__']);
    const bare: unknown = JSON.parse('{"__proto__":{"customerId":"acme","delta":1,"reason":"r"}}');
    expect(pathsOf(parseDelta(bare, NOW))).toEqual(['customerId', 'delta', 'reason', '__proto__']);
  });

  it('names problems in well-formed Unicode, whatever the field is called', () => {
    const result = parse({ [`${'x'.repeat(63)}😀`]: 1, '\ud83d': 2 });
    expect(pathsOf(result)).toHaveLength(2);
    for (const path of pathsOf(result)) expect(path.isWellFormed()).toBe(true);
  });
});

describe('customerId', () => {
  it.each(['a', 'A-Z_0.9:x', '0', '-', 'NULL', 'x'.repeat(128), 'constructor', '__proto__'])(
    'takes %j',
    (id) => {
      expect(isCustomerId(id)).toBe(true);
      expect(parse({ customerId: id })).toMatchObject({ ok: true, delta: { customerId: id } });
    },
  );

  it.each([
    '',
    'x'.repeat(129),
    'a b',
    'a%20b',
    '50%',
    'a/b',
    'a\0',
    'a\n',
    'é',
    '😀',
    '１',
    'a"b',
    'a\\b',
    "a'b",
    'a,b',
    '{a}',
    7,
    ['a'],
    { toString: 'a' },
    true,
  ])('refuses %j', (id) => {
    expect(pathsOf(parse({ customerId: id }))).toEqual(['customerId']);
  });
});

describe('delta', () => {
  it.each<[unknown, bigint]>([
    [1, 1_000_000_000_000n],
    [-0.5, -500_000_000_000n],
    ['0.000000000001', 1n],
    [1_000_000_000, 10n ** 21n],
    ['-1000000000', -(10n ** 21n)],
    ['999999999.999999999999', 10n ** 21n - 1n],
    ['1e9', 10n ** 21n],
  ])('takes %j', (delta, amount) => {
    expect(parse({ delta })).toMatchObject({ ok: true, delta: { amount } });
  });

  it.each<[unknown, RegExp]>([
    [0, /zero/],
    [-0, /zero/],
    ['-0.0', /zero/],
    [1_000_000_001, /±1,000,000,000/],
    ['1000000000.000000000001', /±1,000,000,000/],
    [-1_000_000_000.5, /±1,000,000,000/],
    ['1e999', /±1,000,000,000/],
    [JSON.parse('1e999'), /finite/],
    [Number.NaN, /finite/],
    [0.1 + 0.2, /more than 12 decimals/],
    ['0.12345678901234567', /more than 12 decimals/],
    [2 ** 53, /decimal in a string/],
    ['NaN', /must be a decimal/],
    ['twelve', /must be a decimal/],
    ['', /must be a decimal/],
    [true, /number or a decimal in a string/],
    [null, /number or a decimal in a string/],
    [[1], /number or a decimal in a string/],
    [{}, /number or a decimal in a string/],
    [10n, /number or a decimal in a string/],
    [undefined, /number or a decimal in a string/],
  ])('refuses %s and says why', (delta, message) => {
    expect(pathsOf(parse({ delta }))).toEqual(['delta']);
    expect(messageOf(parse({ delta }))).toMatch(message);
  });
});

describe.each([
  ['reason', DELTA_LIMITS.reasonLength, 500],
  ['referenceId', DELTA_LIMITS.referenceIdLength, 256],
  ['idempotencyKey', DELTA_LIMITS.idempotencyKeyLength, 256],
])('%s', (field, limit, stated) => {
  it('has the length that is stated', () => {
    expect(limit).toBe(stated);
    expect(parse({ [field]: 'x' })).toMatchObject({ ok: true, delta: { [field]: 'x' } });
    expect(parse({ [field]: 'é'.repeat(limit) })).toMatchObject({ ok: true });
    expect(pathsOf(parse({ [field]: 'x'.repeat(limit + 1) }))).toEqual([field]);
    expect(messageOf(parse({ [field]: 'x'.repeat(limit + 1) }))).toContain(String(limit + 1));
    expect(parse({ [field]: '😀'.repeat(limit / 2) })).toMatchObject({ ok: true });
    expect(pathsOf(parse({ [field]: '😀'.repeat(limit / 2 + 1) }))).toEqual([field]);
  });

  it.each(['50 % off', 'tab\tline\n', '"quoted" \\N', 'ünï ☃ 😀', ' ', '\u0001\u007f\u2028', '\\N'])(
    'takes %j as it is',
    (text) => {
      expect(parse({ [field]: text })).toMatchObject({ ok: true, delta: { [field]: text } });
    },
  );

  it.each<[unknown]>([
    [''],
    ['a\0b'],
    ['\0'],
    ['\ud83d'],
    ['a\ude00'],
    ['\ude00\ud83d'],
    [1],
    [false],
    [['a']],
    [{}],
  ])('refuses %j', (value) => {
    expect(pathsOf(parse({ [field]: value }))).toEqual([field]);
  });
});

describe('metadata', () => {
  it('may be empty, and is handed on as it came', () => {
    expect(parse({ metadata: {} })).toMatchObject({ ok: true, delta: { metadata: {} } });
  });

  it.each<[unknown]>([[[]], [[{}]], ['{}'], [1], [true]])('refuses %j, which is no object', (metadata) => {
    expect(pathsOf(parse({ metadata }))).toEqual(['metadata']);
  });

  it('is at most as large and as deep as stated', () => {
    const text = (length: number): object => ({ t: 'x'.repeat(length) });
    expect(parse({ metadata: text(DELTA_LIMITS.metadataBytes - 8) }).ok).toBe(true);
    expect(messageOf(parse({ metadata: text(DELTA_LIMITS.metadataBytes - 7) }))).toContain('8192 bytes');
    const deep: unknown = JSON.parse('{"a":'.repeat(20) + '1' + '}'.repeat(20));
    expect(messageOf(parse({ metadata: deep }))).toContain('8 levels');
  });
});

describe('adjusts', () => {
  it('names a record or a reference', () => {
    expect(parse({ adjusts: { referenceId: 'r'.repeat(256) } }).ok).toBe(true);
    expect(parse({ adjusts: { recordId: RECORD_ID } }).ok).toBe(true);
    expect(isRecordId(RECORD_ID)).toBe(true);
  });

  it.each<[string, unknown, string]>([
    ['neither', {}, 'adjusts'],
    ['both', { recordId: RECORD_ID, referenceId: 'r' }, 'adjusts'],
    ['something else as well', { recordId: RECORD_ID, reason: 'r' }, 'adjusts'],
    ['a bare id', RECORD_ID, 'adjusts'],
    ['a list', [RECORD_ID], 'adjusts'],
    ['a record id without its prefix', { recordId: RECORD_ID.slice(4) }, 'adjusts.recordId'],
    ['a record id in capitals', { recordId: RECORD_ID.toUpperCase() }, 'adjusts.recordId'],
    ['a record id and a line feed', { recordId: `${RECORD_ID}\n` }, 'adjusts.recordId'],
    ['a number', { recordId: 1 }, 'adjusts.recordId'],
    ['an empty reference', { referenceId: '' }, 'adjusts.referenceId'],
    ['a long reference', { referenceId: 'r'.repeat(257) }, 'adjusts.referenceId'],
    ['a reference with NUL', { referenceId: 'r\0' }, 'adjusts.referenceId'],
    ['__proto__', JSON.parse('{"__proto__":{"recordId":"x"}}'), 'adjusts'],
  ])('refuses %s', (_, adjusts, path) => {
    expect(pathsOf(parse({ adjusts }))).toEqual([path]);
  });
});

describe('occurredAt', () => {
  it('lies between 2000 and five minutes from now, both ends included', () => {
    const at = (ms: number): ParsedDelta => parse({ occurredAt: formatTime(ms) });
    const latest = NOW + DELTA_LIMITS.occurredAtAheadMs;
    expect(DELTA_LIMITS.occurredAtAheadMs).toBe(300_000);
    expect(at(latest)).toMatchObject({ ok: true, delta: { occurredAtMs: latest } });
    expect(messageOf(at(latest + 1))).toContain('5 minutes');
    expect(at(Date.UTC(2000, 0, 1))).toMatchObject({ ok: true });
    expect(messageOf(at(Date.UTC(2000, 0, 1) - 1))).toContain('2000-01-01');
  });

  it.each<[unknown]>([
    ['2026-11-24'],
    ['2026-02-30T00:00:00Z'],
    ['2026-11-24T03:19:53'],
    [NOW],
    [NOW / 1000],
    [''],
    [{}],
    [true],
  ])('refuses %j', (occurredAt) => {
    expect(pathsOf(parse({ occurredAt }))).toEqual(['occurredAt']);
  });
});

describe('for any JSON value', () => {
  const names = [
    ...Object.keys(GOOD),
    'referenceId',
    'metadata',
    'adjusts',
    'occurredAt',
    'idempotencyKey',
    'recordId',
    '__proto__',
  ];
  const hostile = fc.letrec<{ value: unknown; object: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom<unknown>(
        null,
        0,
        -0,
        '1',
        'acme',
        '\ud800',
        '\0',
        1e308,
        5e-324,
        RECORD_ID,
        '2026-11-24T03:19:53Z',
      ),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.array(tie('value')),
      tie('object'),
    ),
    object: fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), tie('value')),
  }));

  it('answers and never throws; what it takes is whole, and what it refuses has a reason', () => {
    fc.assert(
      fc.property(fc.oneof(hostile.value, hostile.object, fc.jsonValue()), (input) => {
        const result = parseDelta(input, NOW);
        if (result.ok) {
          expect(isCustomerId(result.delta.customerId)).toBe(true);
          expect(result.delta.amount).not.toBe(0n);
        } else {
          expect(result.problems.length).toBeGreaterThan(0);
          for (const { message } of result.problems) expect(message).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives the same answer when it has been through JSON once more', () => {
    const field = fc.record(
      {
        customerId: fc.stringMatching(/^[A-Za-z0-9_\-.:]{1,128}$/),
        delta: fc.oneof(
          fc.integer({ min: -(10 ** 9), max: 10 ** 9 }),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
        ),
        reason: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
        metadata: fc.object({
          maxDepth: 3,
          values: [fc.string(), fc.integer(), fc.boolean(), fc.constant(null)],
        }),
        referenceId: fc.string({ minLength: 1 }),
      },
      { requiredKeys: ['customerId', 'delta', 'reason'] },
    );
    fc.assert(
      fc.property(field, (input) => {
        expect(parseDelta(JSON.parse(JSON.stringify(input)), NOW)).toEqual(parseDelta(input, NOW));
      }),
    );
  });
});
