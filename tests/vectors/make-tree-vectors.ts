import {
  canonicalBytes,
  canonicalize,
  CompactRange,
  fromHex,
  leafHash,
  nodeHash,
  toHex,
} from '@pacspace/proof';
import { naiveConsistency, naivePath, naiveRoot, sha256, someLeaves } from './naive-tree.js';

const MAX_SIZE = 33;
const leaves = someLeaves(600);
const root = (size: number): string => toHex(naiveRoot(leaves.slice(0, size)));

/** JSON texts and their canonical form; both sides parse the text by themselves. */
export function canonicalVectors(): unknown {
  const texts = [
    '{"b":1,"a":2,"\\u20ac":3,"\\r":4,"\\ud83d\\ude00":5,"\\ufb33":6,"1":7,"\\u0080":8,"":9}',
    '{ "numbers" : [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0, 1e21, 1e-7, 100, 1e20, 123456789012345680000, 0.00001234, -1.5E+300] }',
    String.raw`["\u0000\b\t\n\u000b\f\r\u001f\u007f\"\\\/é\u2028<\u00ad"]`,
    '[null,true,false,[],{},"",[[{"a":[{}]}]]]',
    '9007199254740993',
    '12345678901234567890123456789',
    '{"__proto__":{"x":1},"constructor":null}',
    '"text"',
  ];
  // Appendix B of RFC 8785, and values around the switches between the notations.
  const numbers = [
    '0000000000000000',
    '8000000000000000',
    '0000000000000001',
    '7fefffffffffffff',
    '4340000000000000',
  ]
    .concat(
      '4430000000000000',
      '44b52d02c7e14af5',
      '44b52d02c7e14af6',
      '44b52d02c7e14af7',
      '444b1ae4d6e2ef4e',
    )
    .concat(
      '444b1ae4d6e2ef4f',
      '444b1ae4d6e2ef50',
      '3eb0c6f7a0b5ed8c',
      '3eb0c6f7a0b5ed8d',
      '41b3de4355555553',
    )
    .concat(
      '41b3de4355555557',
      'becbf647612f3696',
      '43143ff3c1cb0959',
      '3ff8000000000000',
      'c08f400000000000',
    );
  return {
    accepted: texts.map((json) => {
      const value: unknown = JSON.parse(json);
      const canonical = canonicalize(value);
      return { json, canonical, leaf: toHex(leafHash(sha256, canonicalBytes(value))) };
    }),
    numbers: numbers.map((ieee754) => ({
      ieee754,
      text: canonicalize(Buffer.from(ieee754, 'hex').readDoubleBE()),
    })),
    refusedNumbers: ['7ff0000000000000', 'fff0000000000000', '7ff8000000000000'],
    refused: ['"\\ud83d"', '"\\ude00\\ud83d"', '{"\\ud800":1}', '[1e999]'],
  };
}

export function treeVectors(): unknown {
  const range = CompactRange.empty(sha256);
  const stored: { level: number; index: number; hash: string }[] = [];
  const sizes = [{ size: 0, root: root(0), frontier: '' }];
  leaves.forEach((leaf, i) => {
    range.append(leaf, (level, index, hash) => stored.push({ level, index, hash: toHex(hash) }));
    const size = i + 1;
    if (size <= MAX_SIZE || size % 100 === 0)
      sizes.push({ size, root: root(size), frontier: toHex(range.toBytes()) });
  });
  return {
    leaves: ['', '00', '10', '2021', '4c313233343536'].map((data) => ({
      data,
      hash: toHex(leafHash(sha256, fromHex(data))),
    })),
    nodes: [0, 2, 4].map((i) => ({
      left: toHex(leaves[i]!),
      right: toHex(leaves[i + 1]!),
      hash: toHex(nodeHash(sha256, leaves[i]!, leaves[i + 1]!)),
    })),
    about: 'leaf i of the tree is the text "leaf <i>"',
    sizes,
    stored,
  };
}

export function inclusionVectors(): unknown {
  const claim = (index: number, size: number) => ({
    index,
    size,
    leaf: toHex(leaves[index]!),
    hashes: naivePath(index, leaves.slice(0, size)).map(toHex),
    root: root(size),
  });
  const sizes = Array.from({ length: MAX_SIZE }, (_, i) => i + 1);
  const valid = sizes.flatMap((size) =>
    [...new Set([0, size >> 1, size - 1])].map((index) => claim(index, size)),
  );
  const good = claim(6, 13);
  const refused = [
    { why: 'one bit of the leaf', ...good, leaf: flip(good.leaf) },
    { why: 'one bit of the root', ...good, root: flip(good.root) },
    ...good.hashes.map((hash, i) => ({
      why: `one bit of hash ${i}`,
      ...good,
      hashes: good.hashes.with(i, flip(hash)),
    })),
    { why: 'another index', ...good, index: 7 },
    { why: 'another size', ...good, size: 17 },
    { why: 'an index past the end', ...good, index: 13 },
    { why: 'the empty tree', ...good, index: 0, size: 0, hashes: [], root: root(0) },
    { why: 'a hash too few', ...good, hashes: good.hashes.slice(1) },
    { why: 'a hash too many', ...good, hashes: [...good.hashes, good.root] },
    { why: 'hashes in the other order', ...good, hashes: good.hashes.toReversed() },
    { why: 'a hash of 31 bytes', ...good, hashes: good.hashes.with(0, good.hashes[0]!.slice(2)) },
    { why: 'an interior node as leaf', ...claim(3, 4), index: 1, size: 2, leaf: root(2) },
  ];
  return { valid: [...valid, claim(255, 600), claim(256, 600), claim(599, 600)], refused };
}

export function consistencyVectors(): unknown {
  const claim = (from: number, to: number) => ({
    fromSize: from,
    fromRoot: root(from),
    toSize: to,
    toRoot: root(to),
    hashes: naiveConsistency(from, leaves.slice(0, to)).map(toHex),
  });
  const sizes = Array.from({ length: MAX_SIZE }, (_, i) => i + 1);
  const valid = sizes.flatMap((to) =>
    [...new Set([1, Math.ceil(to / 3), to >> 1, to - 1, to])]
      .filter((n) => n > 0)
      .map((from) => claim(from, to)),
  );
  const good = claim(6, 13);
  const rewritten = leaves.slice(0, 13).with(4, leaves[100]!);
  const refused = [
    { why: 'one bit of the old root', ...good, fromRoot: flip(good.fromRoot) },
    { why: 'one bit of the new root', ...good, toRoot: flip(good.toRoot) },
    ...good.hashes.map((hash, i) => ({
      why: `one bit of hash ${i}`,
      ...good,
      hashes: good.hashes.with(i, flip(hash)),
    })),
    { why: 'another old size', ...good, fromSize: 7 },
    { why: 'another new size', ...good, toSize: 17 },
    { why: 'sizes the wrong way round', ...good, fromSize: 13, toSize: 6 },
    { why: 'from the empty tree', ...good, fromSize: 0, fromRoot: root(0), hashes: [] },
    { why: 'a hash too few', ...good, hashes: good.hashes.slice(1) },
    { why: 'a hash too many', ...good, hashes: [...good.hashes, good.toRoot] },
    { why: 'no hashes', ...good, hashes: [] },
    { why: 'hashes between equal sizes', ...claim(6, 6), hashes: [root(6)] },
    { why: 'equal sizes, other roots', ...claim(6, 6), toRoot: root(7) },
    {
      why: 'a history that was rewritten',
      ...good,
      hashes: naiveConsistency(6, rewritten).map(toHex),
      toRoot: toHex(naiveRoot(rewritten)),
    },
  ];
  return { valid: [...valid, claim(256, 600), claim(257, 600), claim(599, 600)], refused };
}

/** The same hex with its last bit flipped. */
export function flip(hex: string): string {
  return hex.slice(0, -1) + (Number.parseInt(hex.slice(-1), 16) ^ 1).toString(16);
}
