import { describe, expect, it } from '@jest/globals';
import { formatAmount, parseAmount } from '@pacspace/domain';
import { readAmount } from './read-amount.js';

const read = (text: string, factor: string): string => {
  const parsed = parseAmount(factor);
  if (!parsed.ok) throw new Error(`bad factor ${factor}`);
  const amount = readAmount(text, parsed.amount);
  return typeof amount === 'bigint' ? formatAmount(amount) : amount.problem;
};

describe('readAmount', () => {
  it.each([
    ['374', '1', '374'],
    ['374', '-1', '-374'],
    ['0.1', '3', '0.3'],
    ['1e3', '0.0025', '2.5'],
    ['-12.50', '-0.1', '1.25'],
    ['0', '-1', '0'],
    ['123456789.123456789012', '10', '1234567891.23456789012'],
  ])('reads %s times %s as %s', (text, factor, expected) => {
    expect(read(text, factor)).toBe(expected);
  });

  it.each([
    ['1,5', '1', /not a decimal/],
    ['1 000', '1', /not a decimal/],
    ['NaN', '1', /not a decimal/],
    ['0x10', '1', /not a decimal/],
    ['0.0000000000001', '1', /more than 12 decimals/],
    ['0.000001', '0.0000001', /times 0\.0000001 has more than 12 decimals/],
  ])('says what is wrong with %s times %s', (text, factor, problem) => {
    expect(read(text, factor)).toMatch(problem);
  });
});
