import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { naiveLeaf, sha256, toHex } from '../../../tests/vectors/naive-tree.js';
import { emptyRoot, leafHash, leafHashOfText, nodeHash } from './leaf.js';

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

// Any scalar value. fast-check's own unit for it takes two seconds to set up.
const codePoint = fc
  .nat(0x10ffff)
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));

describe('RFC 6962 hashes', () => {
  it('agree with the values published with the Certificate Transparency implementations', () => {
    expect(toHex(emptyRoot(sha256))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(leafHash(sha256, ascii('')))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
    expect(toHex(leafHash(sha256, ascii('L123456')))).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    );
  });

  it('are the same for text and for its bytes, whatever the length', () => {
    for (const length of [0, 1, 21_000, 21_845, 65_535, 65_536, 70_000]) {
      const text = 'é'.repeat(length);
      expect(toHex(leafHashOfText(sha256, text))).toBe(toHex(naiveLeaf(ascii(text))));
      expect(toHex(leafHash(sha256, ascii(text)))).toBe(toHex(naiveLeaf(ascii(text))));
    }
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
        expect(toHex(leafHashOfText(sha256, text))).toBe(toHex(naiveLeaf(ascii(text))));
      }),
    );
  });

  it('tell a leaf from a node, and the left child from the right', () => {
    const [a, b] = [leafHash(sha256, ascii('a')), leafHash(sha256, ascii('b'))];
    expect(nodeHash(sha256, a, b)).not.toEqual(nodeHash(sha256, b, a));
    expect(nodeHash(sha256, a, b)).not.toEqual(leafHash(sha256, Buffer.concat([a, b])));
    expect(() => nodeHash(sha256, a, b.subarray(1))).toThrow(expect.objectContaining({ code: 'malformed' }));
  });
});
