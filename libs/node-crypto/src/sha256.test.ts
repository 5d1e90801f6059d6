import { describe, expect, it } from '@jest/globals';
import { sha256, sha256Hex, toHex } from './sha256.js';

/** FIPS 180-2, appendix B, and the empty message. */
const VECTORS = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
] as const;

describe('SHA-256', () => {
  it.each(VECTORS)('is what FIPS 180-2 says (%#)', (text, digest) => {
    const bytes = Buffer.from(text);
    expect(toHex(sha256(bytes))).toBe(digest);
    expect(sha256Hex(bytes)).toBe(digest);
    expect(sha256Hex(text)).toBe(digest);
  });

  it('takes text as UTF-8, and bytes that are none as they are', () => {
    expect(sha256Hex('é 😀')).toBe(sha256Hex(Buffer.from('é 😀', 'utf8')));
    const bytes = Uint8Array.of(0xff, 0xfe, 0x00, 0x80);
    expect(toHex(sha256(bytes))).toBe(sha256Hex(bytes));
  });
});

describe('toHex', () => {
  it('writes a part of a buffer, and only that', () => {
    expect(toHex(Uint8Array.of(1, 0xab, 0, 0xff).subarray(1, 3))).toBe('ab00');
  });
});
