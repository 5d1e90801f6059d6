import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromHexText, naiveRoot, sha256, someLeaves, toHex } from '../../../tests/vectors/naive-tree.js';
import { CompactRange } from './compact-range.js';
import { leafHash } from './leaf.js';
import { subtreesOf } from './subtree.js';

const leaves = someLeaves(70);

function rangeOf(begin: number, end: number): CompactRange {
  const range = CompactRange.empty(sha256, begin);
  for (let i = begin; i < end; i++) range.append(leaves[i]!);
  return range;
}

describe('CompactRange', () => {
  it('has the roots published with the Certificate Transparency implementations', () => {
    const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].concat(
      '606162636465666768696a6b6c6d6e6f',
    );
    const roots = [
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
      'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
      'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
      '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
      '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
      'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    ];
    const range = CompactRange.empty(sha256);
    const got = [toHex(range.root())];
    for (const hex of data) {
      range.append(leafHash(sha256, fromHexText(hex)));
      got.push(toHex(range.root()));
    }
    expect(got).toEqual(roots);
  });

  it('has the root of the naive tree at every size, and goes on from its bytes', () => {
    for (let n = 0; n <= leaves.length; n++) {
      const range = rangeOf(0, n);
      expect(range.root()).toEqual(naiveRoot(leaves.slice(0, n)));
      const again = CompactRange.frontier(sha256, n, range.toBytes());
      expect(again.root()).toEqual(range.root());
      for (let i = n; i < leaves.length; i++) again.append(leaves[i]!);
      expect(again.root()).toEqual(naiveRoot(leaves));
    }
  });

  it('holds the naive root of each of its subtrees, wherever it begins, and merges at every point', () => {
    for (let begin = 0; begin <= 40; begin++) {
      for (let end = begin; end <= 40; end++) {
        const subtrees = subtreesOf(begin, end);
        const range = rangeOf(begin, end);
        expect(range.hashes).toHaveLength(subtrees.length);
        subtrees.forEach(({ level, index }, i) => {
          const [from, to] = [index * 2 ** level, (index + 1) * 2 ** level];
          expect(toHex(range.hashes[i]!)).toBe(toHex(naiveRoot(leaves.slice(from, to))));
        });
        const whole = rangeOf(0, begin);
        whole.merge(range);
        expect(whole.end).toBe(end);
        expect(toHex(whole.root())).toBe(toHex(naiveRoot(leaves.slice(0, end))));
      }
    }
  });

  it('merges in any grouping (property)', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: leaves.length }), { maxLength: 6 });
    fc.assert(
      fc.property(cuts, (points) => {
        const bounds = [0, ...points.sort((a, b) => a - b), leaves.length];
        const parts = bounds.slice(1).map((end, i) => rangeOf(bounds[i]!, end));
        while (parts.length > 1) {
          const at = parts.length >> 1;
          parts[at - 1]!.merge(parts[at]!);
          parts.splice(at, 1);
        }
        expect(parts[0]!.root()).toEqual(naiveRoot(leaves));
      }),
    );
  });

  it('reports each subtree of 256 and of 65,536 leaves once, when it is complete', () => {
    const reported = new Map<string, Uint8Array>();
    const range = CompactRange.empty(sha256);
    const many = someLeaves(65_536 + 300);
    many.forEach((leaf, i) => {
      range.append(leaf, (level, index, hash) => {
        expect((index + 1) * 2 ** level).toBe(i + 1);
        expect(reported.has(`${level}/${index}`)).toBe(false);
        reported.set(`${level}/${index}`, hash);
      });
    });
    expect(reported.size).toBe(257 + 1);
    expect(reported.get('8/0')).toEqual(naiveRoot(many.slice(0, 256)));
    expect(reported.get('8/256')).toEqual(naiveRoot(many.slice(65_536, 65_792)));
    expect(reported.get('16/0')).toEqual(naiveRoot(many.slice(0, 65_536)));
  });

  it('reports on a merge what becomes complete by it', () => {
    const many = someLeaves(300);
    const first = CompactRange.empty(sha256);
    for (const leaf of many.slice(0, 200)) first.append(leaf);
    const second = CompactRange.empty(sha256, 200);
    for (const leaf of many.slice(200)) second.append(leaf, () => expect('reported').toBe('not yet'));
    const reported: string[] = [];
    first.merge(second, (level, index) => reported.push(`${level}/${index}`));
    expect(reported).toEqual(['8/0']);
    expect(first.root()).toEqual(naiveRoot(many));
  });

  it('does not change a clone', () => {
    const range = rangeOf(0, 5);
    const clone = range.clone();
    range.append(leaves[5]!);
    expect(clone.root()).toEqual(naiveRoot(leaves.slice(0, 5)));
  });

  it('refuses bytes of the wrong length, ranges that do not meet, and positions that are none', () => {
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => CompactRange.frontier(sha256, 3, new Uint8Array(32))).toThrow(code('malformed'));
    expect(() => CompactRange.frontier(sha256, 2, new Uint8Array(33))).toThrow(code('malformed'));
    expect(() => rangeOf(0, 3).merge(rangeOf(4, 5))).toThrow(code('out-of-range'));
    expect(() => rangeOf(1, 3).root()).toThrow(code('out-of-range'));
    for (const bad of [-1, 0.5, NaN, 2 ** 53]) {
      expect(() => CompactRange.empty(sha256, bad)).toThrow(code('out-of-range'));
    }
  });
});

describe('subtreesOf', () => {
  it('works beyond 2^32', () => {
    expect(subtreesOf(2 ** 52 + 1, 2 ** 52 + 4)).toEqual([
      { level: 0, index: 2 ** 52 + 1 },
      { level: 1, index: 2 ** 51 + 1 },
    ]);
    expect(subtreesOf(0, 2 ** 52 + 2 ** 33)).toEqual([
      { level: 52, index: 0 },
      { level: 33, index: 2 ** 19 },
    ]);
  });
});
