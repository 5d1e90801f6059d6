import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatAmount } from '@pacspace/domain';
import { readFactor, scaleAmount } from './scale-amount.js';

const UNIT = 10n ** 12n;

describe('scaleAmount', () => {
  it('is the exact product, or says that there is none', () => {
    const amount = fc.bigInt({ min: -(10n ** 21n), max: 10n ** 21n });
    fc.assert(
      fc.property(amount, amount, (a, b) => {
        const product = scaleAmount(a, b);
        if (typeof product === 'bigint') expect(product * UNIT).toBe(a * b);
        else expect((a * b) % UNIT).not.toBe(0n);
      }),
    );
  });
});

describe('readFactor', () => {
  it.each<[string | undefined, boolean, string]>([
    [undefined, false, '1'],
    [undefined, true, '-1'],
    ['0.001', false, '0.001'],
    ['-2.5', true, '2.5'],
  ])('takes the scale %s, negated: %s', (scale, isNegated, factor) => {
    expect(formatAmount(readFactor(scale, isNegated) ?? 0n)).toBe(factor);
  });

  it.each(['0', '-0.0', 'half', '1,5', '0.0000000000001'])('does not take the scale %s', (scale) => {
    expect(readFactor(scale, false)).toBeUndefined();
  });
});
