import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeBalance, encodeBalance } from './cached-balance.js';

const natural = fc.maxSafeNat();
const balance = fc.record({
  customerNo: fc.nat(2 ** 31 - 1),
  count: natural,
  balance: fc.constantFrom('0', '-1', '12.000000000001', `-${'9'.repeat(40)}.5`),
  lastRecordKey: fc.stringMatching(/^[0-9a-f]{32}$/),
  lastSequence: natural,
  firstRecordedAtMs: natural,
  lastRecordedAtMs: natural,
});

describe('a cached balance', () => {
  it('comes back as it was put in', () => {
    fc.assert(fc.property(balance, (value) => expect(decodeBalance(encodeBalance(value))).toEqual(value)));
  });

  it.each(['', '{}', '1 2 3', `1 2 x ${'0'.repeat(32)} 1 1 1`, `1 2 3 ${'0'.repeat(32)} 1 1 1 1`])(
    'is refused when it is not one: %j',
    (text) => {
      expect(() => decodeBalance(text)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    },
  );
});
