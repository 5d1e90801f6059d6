import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  fromHexText,
  naiveConsistency,
  naiveLeaf,
  naivePath,
  naiveRoot,
  sha256,
  someLeaves,
} from '../../../tests/vectors/naive-tree.js';
import { emptyRoot } from './leaf.js';
import {
  type ConsistencyClaim,
  type InclusionClaim,
  type ProofCheck,
  verifyConsistency,
  verifyInclusion,
} from './verify-proof.js';

const MAX = 70;
const leaves = someLeaves(MAX);
const roots = Array.from({ length: MAX + 1 }, (_, n) => naiveRoot(leaves.slice(0, n)));

const inclusion = (index: number, size: number): InclusionClaim => ({
  leafHash: leaves[index]!,
  index,
  size,
  hashes: naivePath(index, leaves.slice(0, size)),
  root: roots[size]!,
});

const consistency = (fromSize: number, toSize: number): ConsistencyClaim => ({
  fromSize,
  fromRoot: roots[fromSize]!,
  toSize,
  toRoot: roots[toSize]!,
  hashes: naiveConsistency(fromSize, leaves.slice(0, toSize)),
});

const flipped = (bytes: Uint8Array, bit: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

/** Every bit of every hash of a proof, flipped in turn. */
function* withOneBitFlipped(hashes: readonly Uint8Array[]): Generator<Uint8Array[]> {
  for (const [at, hash] of hashes.entries()) {
    for (let bit = 0; bit < hash.length * 8; bit++) yield hashes.with(at, flipped(hash, bit));
  }
}

/** The same proof too long, too short, out of order. */
function* misshapen(hashes: readonly Uint8Array[], garbage: Uint8Array): Generator<Uint8Array[]> {
  yield [...hashes, garbage];
  yield [garbage, ...hashes];
  if (hashes.length > 0) yield [...hashes, hashes[0]!];
  for (let at = 0; at < hashes.length; at++) {
    yield hashes.toSpliced(at, 1);
    if (at > 0) yield hashes.with(at, hashes[at - 1]!).with(at - 1, hashes[at]!);
  }
}

const MISMATCH: ProofCheck = { ok: false, reason: 'root-mismatch' };

/** Checks by the hundred thousand: one assertion each would take ten times as long as the hashing. */
function expectAllRefused(checks: Iterable<ProofCheck>, reason?: string): void {
  let tried = 0;
  for (const check of checks) {
    tried++;
    if (check.ok || (reason !== undefined && check.reason !== reason)) expect(check).toEqual(MISMATCH);
  }
  expect(tried).toBeGreaterThan(0);
}

describe('verifyInclusion', () => {
  it('takes every leaf of every tree up to 70, at its own place and in its own tree only', () => {
    for (let size = 1; size <= MAX; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusion(index, size);
        expect(verifyInclusion(sha256, claim)).toEqual({ ok: true });
        // In the larger trees the neighbours are enough: every place is tried in the smaller ones.
        const places = size <= 33 ? Array.from({ length: size }, (_, i) => i) : [index - 1, index, index + 1];
        const elsewhere = places.filter((place) => place !== index);
        expectAllRefused([
          verifyInclusion(sha256, { ...claim, root: roots[size - 1]! }),
          ...elsewhere.map((other) => verifyInclusion(sha256, { ...claim, index: other })),
        ]);
      }
    }
  });

  it('refuses every flipped bit, and every proof too long, too short or out of order', () => {
    for (let size = 1; size <= 14; size++) {
      for (let index = 0; index < size; index++) {
        const claim = inclusion(index, size);
        const bits = Array.from({ length: 256 }, (_, bit) => bit);
        const { leafHash, root } = claim;
        const check = (change: Partial<InclusionClaim>) => verifyInclusion(sha256, { ...claim, ...change });
        expectAllRefused(
          bits.map((bit) => check({ leafHash: flipped(leafHash, bit) })),
          'root-mismatch',
        );
        expectAllRefused(
          bits.map((bit) => check({ root: flipped(root, bit) })),
          'root-mismatch',
        );
        if (size > 1) {
          const proofs = [...withOneBitFlipped(claim.hashes)];
          expectAllRefused(
            proofs.map((hashes) => check({ hashes })),
            'root-mismatch',
          );
        }
        expectAllRefused([...misshapen(claim.hashes, leaves[0]!)].map((hashes) => check({ hashes })));
      }
    }
  });

  it('says why', () => {
    const claim = inclusion(3, 7);
    expect(verifyInclusion(sha256, { ...claim, index: 7 })).toEqual({ ok: false, reason: 'out-of-range' });
    expect(verifyInclusion(sha256, { ...claim, index: -1 })).toEqual({ ok: false, reason: 'out-of-range' });
    expect(verifyInclusion(sha256, { ...claim, size: 2 ** 53 })).toEqual({
      ok: false,
      reason: 'out-of-range',
    });
    expect(verifyInclusion(sha256, { ...claim, index: 0, size: 0 })).toEqual({
      ok: false,
      reason: 'out-of-range',
    });
    expect(verifyInclusion(sha256, { ...claim, hashes: claim.hashes.slice(1) })).toEqual({
      ok: false,
      reason: 'wrong-length',
    });
    expect(verifyInclusion(sha256, { ...claim, leafHash: new Uint8Array(31) })).toEqual({
      ok: false,
      reason: 'malformed',
    });
    expect(
      verifyInclusion(sha256, { ...claim, hashes: [new Uint8Array(0), ...claim.hashes.slice(1)] }),
    ).toEqual({ ok: false, reason: 'malformed' });
  });

  it('asks for the number of hashes that the tree has, far beyond 2^32 too', () => {
    // The number of levels at which a node has a sibling, counted from the definition.
    const pathLength = (index: number, size: number): number => {
      let [node, last, length] = [BigInt(index), BigInt(size) - 1n, 0];
      for (; last > 0n; node >>= 1n, last >>= 1n) if (node % 2n === 1n || node < last) length++;
      return length;
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.nat(60), (size, shift) => {
        const index = Math.floor((size - 1) / 2 ** shift);
        const claim = { leafHash: leaves[0]!, index, size, root: leaves[1]! };
        const hashes = Array.from({ length: pathLength(index, size) }, () => leaves[2]!);
        expect(verifyInclusion(sha256, { ...claim, hashes })).toEqual({ ok: false, reason: 'root-mismatch' });
        expect(verifyInclusion(sha256, { ...claim, hashes: [...hashes, leaves[2]!] })).toEqual({
          ok: false,
          reason: 'wrong-length',
        });
        if (hashes.length > 0) {
          expect(verifyInclusion(sha256, { ...claim, hashes: hashes.slice(1) })).toEqual({
            ok: false,
            reason: 'wrong-length',
          });
        }
      }),
    );
  });
});

describe('verifyConsistency', () => {
  it('takes every pair of sizes up to 70, and no other sizes or roots', () => {
    for (let to = 1; to <= MAX; to++) {
      for (let from = 1; from <= to; from++) {
        const claim = consistency(from, to);
        const check = (change: Partial<ConsistencyClaim>) =>
          verifyConsistency(sha256, { ...claim, ...change });
        expect(check({}).ok).toBe(true);
        expectAllRefused([
          check({ fromSize: from + 1 }),
          check({ fromSize: from - 1 }),
          check({ fromRoot: roots[from - 1]! }),
          check({ toRoot: roots[to - 1]! }),
          ...(from === to ? [] : [check({ fromRoot: claim.toRoot, toRoot: claim.fromRoot })]),
        ]);
      }
    }
  });

  it('refuses every flipped bit, and every proof too long, too short or out of order', () => {
    for (let to = 1; to <= 14; to++) {
      for (let from = 1; from <= to; from++) {
        const claim = consistency(from, to);
        const bits = Array.from({ length: 256 }, (_, bit) => bit);
        const { fromRoot, toRoot } = claim;
        const check = (change: Partial<ConsistencyClaim>) =>
          verifyConsistency(sha256, { ...claim, ...change });
        expectAllRefused(
          bits.map((bit) => check({ fromRoot: flipped(fromRoot, bit) })),
          'root-mismatch',
        );
        expectAllRefused(
          bits.map((bit) => check({ toRoot: flipped(toRoot, bit) })),
          'root-mismatch',
        );
        if (from < to) {
          const proofs = [...withOneBitFlipped(claim.hashes)];
          expectAllRefused(
            proofs.map((hashes) => check({ hashes })),
            'root-mismatch',
          );
        }
        expectAllRefused([...misshapen(claim.hashes, fromRoot)].map((hashes) => check({ hashes })));
      }
    }
  });

  it('refuses a history that was rewritten', () => {
    const rewritten = leaves.with(2, naiveLeaf(Uint8Array.of(1)));
    for (let to = 4; to <= 33; to++) {
      for (let from = 3; from < to; from++) {
        const hashes = naiveConsistency(from, rewritten.slice(0, to));
        const toRoot = naiveRoot(rewritten.slice(0, to));
        expect(verifyConsistency(sha256, { ...consistency(from, to), hashes, toRoot })).toEqual({
          ok: false,
          reason: 'root-mismatch',
        });
      }
    }
  });

  it('says why', () => {
    const empty = { fromSize: 0, fromRoot: emptyRoot(sha256), hashes: [] };
    for (const toSize of [0, 5]) {
      expect(verifyConsistency(sha256, { ...empty, toSize, toRoot: roots[toSize]! })).toEqual({
        ok: false,
        reason: 'out-of-range',
      });
    }
    expect(verifyConsistency(sha256, { ...consistency(3, 7), fromSize: 8 })).toEqual({
      ok: false,
      reason: 'out-of-range',
    });
    expect(verifyConsistency(sha256, { ...consistency(3, 7), hashes: [] })).toEqual({
      ok: false,
      reason: 'wrong-length',
    });
    expect(verifyConsistency(sha256, { ...consistency(5, 5), hashes: [roots[5]!] })).toEqual({
      ok: false,
      reason: 'wrong-length',
    });
    expect(verifyConsistency(sha256, { ...consistency(3, 7), toRoot: new Uint8Array(33) })).toEqual({
      ok: false,
      reason: 'malformed',
    });
  });
});

describe('the examples of RFC 6962 §2.1.3', () => {
  // Seven leaves; the RFC names the nodes of each proof by letters.
  const d = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657'].map((hex) =>
    naiveLeaf(fromHexText(hex)),
  );
  const node = (begin: number, end: number): Uint8Array => naiveRoot(d.slice(begin, end));
  const root = node(0, 7);
  const [a, b, c, f, j] = [node(0, 1), node(1, 2), node(2, 3), node(5, 6), node(6, 7)];
  const [g, h, i, k, l] = [node(0, 2), node(2, 4), node(4, 6), node(0, 4), node(4, 7)];

  it.each<[number, Uint8Array[]]>([
    [0, [b, h, l]],
    [3, [c, g, l]],
    [4, [f, j, k]],
    [6, [i, k]],
  ])('the audit path for d%d', (index, hashes) => {
    expect(verifyInclusion(sha256, { leafHash: d[index]!, index, size: 7, hashes, root })).toEqual({
      ok: true,
    });
  });

  it.each<[number, Uint8Array[]]>([
    [3, [c, d[3]!, g, l]],
    [4, [l]],
    [6, [i, j, k]],
  ])('the consistency proof from %d leaves', (fromSize, hashes) => {
    const claim = { fromSize, fromRoot: node(0, fromSize), toSize: 7, toRoot: root, hashes };
    expect(verifyConsistency(sha256, claim)).toEqual({ ok: true });
    expect(a).toEqual(d[0]);
  });
});
