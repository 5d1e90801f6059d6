import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareReferences } from './records.js';

describe('compareReferences', () => {
  it('orders as the bytes of UTF-8 do, which is how Postgres orders under COLLATE "C"', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{10ffff}'), {
          maxLength: 4,
        })
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareReferences(a, b))).toBe(
          Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      }),
    );
  });
});
