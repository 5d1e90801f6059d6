import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Amount,
  amountFromCanonical,
  amountToNumber,
  AMOUNT_SCALE,
  canonicalAmount,
  formatAmount,
  isDeltaInRange,
  MAX_DELTA_UNITS,
  parseAmount,
} from './decimal.js';

const UNIT = 10n ** BigInt(AMOUNT_SCALE);
const MAX_DELTA = BigInt(MAX_DELTA_UNITS) * UNIT;

const delta = fc.bigInt({ min: -MAX_DELTA, max: MAX_DELTA });
/** Balances have no limit: far past what any double or int8 holds, and with few or many zeros. */
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }), fc.nat({ max: 30 }))
  .map(([value, zeros]) => (value % 10n ** BigInt(60 - zeros)) * 10n ** BigInt(zeros));

function parsed(input: string | number): Amount {
  const result = parseAmount(input);
  if (!result.ok) throw new Error(`${input}: ${result.problem}`);
  return result.amount;
}

const problemOf = (input: string | number): string | undefined => {
  const result = parseAmount(input);
  return result.ok ? undefined : result.problem;
};

describe('parseAmount', () => {
  it('reads back what formatAmount writes', () => {
    fc.assert(
      fc.property(delta, (value) => {
        expect(parsed(formatAmount(value))).toBe(value);
      }),
    );
  });

  it.each<[string | number, string]>([
    ['0', '0'],
    ['-0', '0'],
    [-0, '0'],
    ['-0.000', '0'],
    ['0e9', '0'],
    ['0e9999', '0'],
    ['0e-9999', '0'],
    ['+12.50', '12.5'],
    ['007', '7'],
    ['1.000000000000', '1'],
    ['0.000000000001', '0.000000000001'],
    ['-0.000000000001', '-0.000000000001'],
    ['0.0000000000010', '0.000000000001'],
    ['1e-12', '0.000000000001'],
    ['10e-13', '0.000000000001'],
    ['1E3', '1000'],
    ['1e+3', '1000'],
    ['-12.5e1', '-125'],
    ['0.00001e5', '1'],
    ['1234.5678e-2', '12.345678'],
    ['999999999.999999999999', '999999999.999999999999'],
    [0.1, '0.1'],
    [1e-7, '0.0000001'],
    [1e-12, '0.000000000001'],
    [-2.5, '-2.5'],
    [1e9, '1000000000'],
    [Number.MAX_SAFE_INTEGER, '9007199254740991'],
    [Number.MIN_SAFE_INTEGER, '-9007199254740991'],
  ])('reads %j as %s', (input, text) => {
    expect(formatAmount(parsed(input))).toBe(text);
  });

  it.each<[string | number, string]>([
    ['0.0000000000001', 'too-many-decimals'],
    ['0.12345678901234567', 'too-many-decimals'],
    ['1e-13', 'too-many-decimals'],
    ['1e-9999', 'too-many-decimals'],
    ['1.0000000000000000000000000001', 'too-many-decimals'],
    [0.1 + 0.2, 'too-many-decimals'],
    [1e-13, 'too-many-decimals'],
    [5e-324, 'too-many-decimals'],
    [1 / 3, 'too-many-decimals'],
    [Number.NaN, 'not-finite'],
    [JSON.parse('1e999') as number, 'not-finite'],
    [JSON.parse('-1e999') as number, 'not-finite'],
    [2 ** 53, 'inexact-number'],
    [-(2 ** 53), 'inexact-number'],
    [1e21, 'inexact-number'],
    [Number.MAX_VALUE, 'inexact-number'],
    ['1e999', 'too-long'],
    ['1e65', 'too-long'],
    ['9'.repeat(65), 'too-long'],
    [`0.${'0'.repeat(80)}`, 'too-long'],
    ['', 'not-a-decimal'],
    [' ', 'not-a-decimal'],
    ['-', 'not-a-decimal'],
    ['.', 'not-a-decimal'],
    ['.5', 'not-a-decimal'],
    ['5.', 'not-a-decimal'],
    ['1e', 'not-a-decimal'],
    ['1e1.5', 'not-a-decimal'],
    ['1e99999', 'not-a-decimal'],
    ['e5', 'not-a-decimal'],
    [' 5', 'not-a-decimal'],
    ['5\n', 'not-a-decimal'],
    ['--5', 'not-a-decimal'],
    ['1,5', 'not-a-decimal'],
    ['1,000', 'not-a-decimal'],
    ['1_000', 'not-a-decimal'],
    ['0x10', 'not-a-decimal'],
    ['1n', 'not-a-decimal'],
    ['NaN', 'not-a-decimal'],
    ['Infinity', 'not-a-decimal'],
    ['−5', 'not-a-decimal'], // the minus sign of typography
    ['٣', 'not-a-decimal'],
    ['1\0', 'not-a-decimal'],
  ])('refuses %j: %s', (input, problem) => {
    expect(problemOf(input)).toBe(problem);
  });

  it('takes the number that JSON.parse makes of any literal of 15 digits for what was written', () => {
    const literal = fc.tuple(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), fc.nat(12));
    fc.assert(
      fc.property(literal, ([digits, decimals]) => {
        const exact = BigInt(digits) * 10n ** BigInt(AMOUNT_SCALE - decimals);
        const text = formatAmount(exact);
        expect(parsed(JSON.parse(text) as number)).toBe(exact);
      }),
    );
  });

  it('is exact or refuses, for any double', () => {
    fc.assert(
      fc.property(fc.double(), (number) => {
        const result = parseAmount(number);
        if (result.ok) expect(Number(formatAmount(result.amount))).toBe(number === 0 ? 0 : number);
      }),
    );
  });

  it('never throws, and means the same with an exponent as without', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+-]?\d{1,40}(\.\d{1,20})?$/)), (text) => {
        const plain = parseAmount(text);
        if (/^[+-]?\d/.test(text) && !/[eE]/.test(text)) expect(parseAmount(`${text}e0`)).toEqual(plain);
      }),
    );
  });
});

describe('sums', () => {
  it('are exact in any order and any grouping', () => {
    const shuffled = fc.array(delta, { minLength: 1, maxLength: 50 }).chain((values) =>
      fc.tuple(
        fc.constant(values),
        fc.shuffledSubarray(
          values.map((_, i) => i),
          { minLength: values.length, maxLength: values.length },
        ),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([values, order]) => {
        const forward = values.reduce((sum, value) => sum + value, 0n);
        const other = order.map((i) => values[i]!).reduce((sum, value) => sum + value, 0n);
        expect(other).toBe(forward);
        const half = values.length >> 1;
        const parts = [values.slice(0, half), values.slice(half)].map((part) =>
          part.reduce((sum, value) => sum + value, 0n),
        );
        expect(parts[0]! + parts[1]!).toBe(forward);
        expect(amountFromCanonical(formatAmount(forward))).toBe(forward);
      }),
    );
  });

  it('add a tenth ten times to one', () => {
    let sum = 0n;
    for (let i = 0; i < 10; i += 1) sum += parsed(0.1);
    expect(formatAmount(sum)).toBe('1');
    expect(formatAmount(parsed(0.1) + parsed(0.2))).toBe('0.3');
  });

  it('hold 10^15 of the largest deltas, to the last decimal', () => {
    const largest = parsed('999999999.999999999999');
    const balance = largest * 10n ** 15n + 1n;
    expect(formatAmount(balance)).toBe('999999999999999999999000.000000000001');
    expect(amountFromCanonical(formatAmount(balance))).toBe(balance);
    expect(amountFromCanonical(formatAmount(-balance))).toBe(-balance);
  });
});

describe('canonicalAmount', () => {
  it('is the canonical text of the amount, whatever zeros stand behind it', () => {
    fc.assert(
      fc.property(amount, fc.nat({ max: AMOUNT_SCALE }), (value, zeros) => {
        const text = formatAmount(value);
        expect(canonicalAmount(text)).toBe(text);
        const [whole = '', fraction = ''] = text.split('.');
        const padded = `${whole}.${fraction}${'0'.repeat(zeros)}`.slice(0, whole.length + 1 + AMOUNT_SCALE);
        if (!padded.endsWith('.')) expect(canonicalAmount(padded)).toBe(text);
      }),
    );
    for (const zero of ['0', '-0', '0.0', '-0.000']) expect(canonicalAmount(zero)).toBe('0');
  });

  it.each(['', '+1', '01', '1.', '.5', '1e3', ' 1', '1\n', '0.1234567890123'])('refuses %j', (text) => {
    expect(() => canonicalAmount(text)).toThrow(RangeError);
  });
});

describe('formatAmount and amountFromCanonical', () => {
  it('are each other’s inverse, at any size', () => {
    fc.assert(
      fc.property(amount, (value) => {
        const text = formatAmount(value);
        expect(text).toMatch(/^(0|-?(0\.\d*[1-9]|[1-9]\d*(\.\d*[1-9])?))$/);
        expect(amountFromCanonical(text)).toBe(value);
      }),
    );
    expect(amountFromCanonical(formatAmount(10n ** 200n + 1n))).toBe(10n ** 200n + 1n);
  });

  it('take the zeros that SQL leaves behind a sum', () => {
    expect(amountFromCanonical('2.0')).toBe(2n * UNIT);
    expect(amountFromCanonical('-1.500000000000')).toBe((-3n * UNIT) / 2n);
  });

  it.each([
    '',
    ' ',
    '1 ',
    ' 1',
    '+1',
    '01',
    '1e3',
    '0x10',
    '1.',
    '.5',
    '--1',
    '1,5',
    'NaN',
    'Infinity',
    '1\n',
  ])('refuse %j, which is nothing we wrote', (text) => {
    expect(() => amountFromCanonical(text)).toThrow(RangeError);
  });

  it('refuse more decimals than an amount has', () => {
    expect(() => amountFromCanonical('0.0000000000001')).toThrow(RangeError);
    expect(() => amountFromCanonical('0.1000000000000')).toThrow(RangeError);
  });
});

describe('isDeltaInRange', () => {
  it.each<[Amount, boolean]>([
    [0n, false],
    [1n, true],
    [-1n, true],
    [MAX_DELTA, true],
    [-MAX_DELTA, true],
    [MAX_DELTA + 1n, false],
    [-MAX_DELTA - 1n, false],
  ])('%s: %s', (value, inRange) => {
    expect(isDeltaInRange(value)).toBe(inRange);
  });
});

describe('amountToNumber', () => {
  it('is the nearest double', () => {
    fc.assert(
      fc.property(fc.oneof(amount, delta), (value) => {
        const number = amountToNumber(value);
        const error = distance(number, value);
        for (const neighbour of neighboursOf(number)) {
          expect(error <= distance(neighbour, value)).toBe(true);
        }
      }),
    );
  });

  it('gives back every double that was taken as an amount', () => {
    const number = fc.integer({ min: -1e14, max: 1e14 }).map((n) => n / 1e5);
    fc.assert(
      fc.property(number, (n) => {
        expect(amountToNumber(parsed(n))).toBe(n === 0 ? 0 : n);
      }),
    );
  });
});

/** |number − amount|, exactly: both as multiples of 2^-1074 × 10^-12. */
function distance(number: number, value: Amount): bigint {
  const difference = multipleOfSmallest(number) * UNIT - (value << 1074n);
  return difference < 0n ? -difference : difference;
}

/** A finite double as a multiple of the smallest one, 2^-1074. */
function multipleOfSmallest(number: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 0n ? magnitude : -magnitude;
}

function neighboursOf(number: number): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  const bits = view.getBigInt64(0);
  return [bits - 1n, bits + 1n].map((near) => {
    view.setBigInt64(0, number === 0 ? 1n : near);
    return view.getFloat64(0);
  });
}
