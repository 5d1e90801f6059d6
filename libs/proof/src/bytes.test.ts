import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { concatBytes, equalBytes, fromBase64, fromHex, toBase64, toHex } from './bytes.js';
import { fromUtf8, utf8 } from './utf8.js';

const malformed = expect.objectContaining({ code: 'malformed' });
const bytes = fc.uint8Array({ maxLength: 100 });

describe('hex and base64', () => {
  it('are those of the platform, and come back', () => {
    fc.assert(
      fc.property(bytes, (data) => {
        expect(toHex(data)).toBe(Buffer.from(data).toString('hex'));
        expect(toBase64(data)).toBe(Buffer.from(data).toString('base64'));
        expect(fromHex(toHex(data))).toEqual(data);
        expect(fromBase64(toBase64(data))).toEqual(data);
      }),
    );
  });

  // RFC 4648 §10
  it.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('base64 of %j is %j', (text, base64) => {
    expect(toBase64(utf8(text))).toBe(base64);
  });

  it.each(['Zg', 'Zg=', 'Zh==', 'Zm9=', 'Zm 9v', 'Zm9v\n', 'Zm9-', '=', 'Z===', 'Zg==Zg=='])(
    'the base64 text %j is refused',
    (text) => expect(() => fromBase64(text)).toThrow(malformed),
  );

  it.each(['0', '0G', 'AB', '0x12', ' 00'])('the hex text %j is refused', (text) =>
    expect(() => fromHex(text)).toThrow(malformed),
  );
});

describe('bytes', () => {
  it('are equal when all of them are', () => {
    fc.assert(fc.property(bytes, bytes, (a, b) => expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)));
    fc.assert(fc.property(bytes, (a) => expect(equalBytes(a, a.slice())).toBe(true)));
  });

  it('are joined', () => {
    expect(concatBytes([])).toEqual(new Uint8Array(0));
    expect(concatBytes([Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)])).toEqual(
      Uint8Array.of(1, 2, 3),
    );
  });

  it('are text only when they are UTF-8; a byte order mark stays', () => {
    expect(fromUtf8(utf8('\ufeffé😀'))).toBe('\ufeffé😀');
    expect(() => fromUtf8(Uint8Array.of(0xc3))).toThrow(malformed);
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow(malformed);
  });
});
