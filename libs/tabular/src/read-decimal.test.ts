import { describe, expect, it } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import fc from 'fast-check';
import { type DecimalMark, readDecimal } from './read-decimal.js';

const read = (text: string, mark: DecimalMark): string | undefined => {
  const amount = readDecimal(text, mark);
  return typeof amount === 'bigint' ? formatAmount(amount) : undefined;
};

describe('readDecimal', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['12', '12', '12'],
    ['-12', '-12', '-12'],
    ['+12', '12', '12'],
    ['\u221212', '-12', '-12'],
    ['12.5', '12.5', undefined],
    ['12,5', undefined, '12.5'],
    ['1,234', '1234', '1.234'],
    ['1.234', '1.234', '1234'],
    ['0.123', '0.123', undefined],
    ['0,123', undefined, '0.123'],
    ['1,234,567.89', '1234567.89', undefined],
    ['1.234.567,89', undefined, '1234567.89'],
    ['-1.234.567', undefined, '-1234567'],
    ['1 234 567,89', undefined, '1234567.89'],
    ['1\u202f234\u202f567,89', undefined, '1234567.89'],
    ["1'234'567.89", '1234567.89', undefined],
    ['1234,567', undefined, '1234.567'],
    ['12,34,567', undefined, undefined],
    ['1,23', undefined, '1.23'],
    ['1.5e-3', '0.0015', undefined],
    ['1,5e-3', undefined, '0.0015'],
    ['', undefined, undefined],
    ['12.5 EUR', undefined, undefined],
    ['(12.50)', undefined, undefined],
    ['.5', undefined, undefined],
    ['0x10', undefined, undefined],
    ['NaN', undefined, undefined],
    ['=1+1', undefined, undefined],
    ['0.1234567890123', undefined, undefined],
  ])('reads %j as %s with a point and as %s with a comma', (text, point, comma) => {
    expect([read(text, '.'), read(text, ',')]).toEqual([point, comma]);
  });

  it('reads what either country writes of any amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 26n), max: 10n ** 26n }), (amount) => {
        const text = formatAmount(amount);
        const grouped = (mark: DecimalMark, between: string): string => {
          const [whole = '', fraction] = text.split('.');
          const digits = whole.replaceAll(/\B(?=(\d{3})+$)/g, between);
          return fraction === undefined ? digits : `${digits}${mark}${fraction}`;
        };
        expect(read(text, '.')).toBe(text);
        expect(read(grouped('.', ','), '.')).toBe(text);
        expect(read(grouped(',', '.'), ',')).toBe(text);
        expect(read(grouped(',', '\u00a0'), ',')).toBe(text);
      }),
    );
  });
});
