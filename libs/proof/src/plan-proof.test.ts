import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  naiveConsistency,
  naivePath,
  naiveRoot,
  sha256,
  someLeaves,
  toLines,
} from '../../../tests/vectors/naive-tree.js';
import { CompactRange } from './compact-range.js';
import { buildProof, fetchProof, planConsistency, planInclusion, type Span, spansOf } from './plan-proof.js';
import { verifyConsistency, verifyInclusion } from './verify-proof.js';

const code = (code: string): unknown => expect.objectContaining({ code });
const leaves = someLeaves(70);
const leafOnly = (level: number, index: number): Uint8Array | undefined =>
  level === 0 ? leaves[index] : undefined;

describe('plans', () => {
  it('make the proofs of RFC 6962 §2.1.1, for every leaf of every tree up to 70', () => {
    for (let size = 1; size <= 70; size++) {
      for (let index = 0; index < size; index++) {
        const proof = buildProof(sha256, planInclusion(index, size), leafOnly);
        expect(toLines(proof)).toBe(toLines(naivePath(index, leaves.slice(0, size))));
      }
    }
  });

  it('make the proofs of RFC 6962 §2.1.2, for every pair of sizes up to 70', () => {
    for (let to = 1; to <= 70; to++) {
      for (let from = 1; from <= to; from++) {
        const proof = buildProof(sha256, planConsistency(from, to), leafOnly);
        expect(toLines(proof)).toBe(toLines(naiveConsistency(from, leaves.slice(0, to))));
      }
    }
  });

  it('refuse what no tree has', () => {
    for (const [index, size] of [
      [0, 0],
      [5, 5],
      [-1, 5],
      [1.5, 5],
      [NaN, 5],
      [0, 2 ** 53],
    ] as const) {
      expect(() => planInclusion(index, size)).toThrow(code('out-of-range'));
    }
    for (const [from, to] of [
      [0, 0],
      [0, 5],
      [6, 5],
      [-1, 5],
      [1, Infinity],
    ] as const) {
      expect(() => planConsistency(from, to)).toThrow(code('out-of-range'));
    }
  });

  it('name the missing node', () => {
    expect(() => buildProof(sha256, planInclusion(0, 300), leafOnly)).toThrow(code('missing-node'));
  });
});

/** A tree of which only leaf hashes and the nodes at levels 8 and 16 are kept. */
describe('proofs from stored levels', () => {
  const SIZE = 70_000;
  const stored = new Map<number, Uint8Array[]>();
  let roots: Map<number, Uint8Array>;
  const probes = [1, 2, 255, 256, 257, 65_535, 65_536, 65_537, 69_999, SIZE];

  beforeAll(() => {
    const many = someLeaves(SIZE);
    stored.set(0, many).set(8, []).set(16, []);
    const range = CompactRange.empty(sha256);
    roots = new Map();
    many.forEach((leaf, i) => {
      range.append(leaf, (level, index, hash) => {
        expect(stored.get(level)).toHaveLength(index);
        stored.get(level)!.push(hash);
      });
      if (probes.includes(i + 1)) roots.set(i + 1, range.root());
    });
  });

  const readSpan = async ({ level, first, count }: Span): Promise<Uint8Array[]> => {
    await Promise.resolve();
    return stored.get(level)!.slice(first, first + count);
  };

  it('verify, and read at most 510 hashes of each stored level', async () => {
    for (const size of probes) {
      for (const index of [0, 1, 255, 256, 40_000, 65_535, 65_536, size - 1].filter((i) => i < size)) {
        const plan = planInclusion(index, size);
        expect(spansOf(plan).reduce((sum, span) => sum + span.count, 0)).toBeLessThanOrEqual(2 * 510 + 1);
        const hashes = await fetchProof(sha256, plan, readSpan);
        const claim = { leafHash: stored.get(0)![index]!, index, size, hashes, root: roots.get(size)! };
        expect(verifyInclusion(sha256, claim)).toEqual({ ok: true });
      }
      for (const from of probes.filter((n) => n <= size)) {
        const hashes = await fetchProof(sha256, planConsistency(from, size), readSpan);
        const claim = {
          fromSize: from,
          fromRoot: roots.get(from)!,
          toSize: size,
          toRoot: roots.get(size)!,
          hashes,
        };
        expect(verifyConsistency(sha256, claim)).toEqual({ ok: true });
      }
    }
  });

  it('read each stored hash once, in order', () => {
    const sizes = fc.integer({ min: 1, max: 2 ** 50 });
    fc.assert(
      fc.property(sizes, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (size, part) => {
        const spans = spansOf(planInclusion(Math.floor(size * part), size));
        for (const [i, span] of spans.entries()) {
          expect(span.level % 8).toBe(0);
          expect((span.first + span.count) * 2 ** span.level).toBeLessThanOrEqual(size);
          const next = spans[i + 1];
          if (next?.level === span.level) expect(next.first).toBeGreaterThan(span.first + span.count);
        }
      }),
    );
  });

  it('refuse a store that gives too few', async () => {
    const plan = planInclusion(3, 300);
    await expect(fetchProof(sha256, plan, async (span) => (await readSpan(span)).slice(1))).rejects.toEqual(
      code('missing-node'),
    );
  });

  it('agree with the naive tree at the edge of a tile', () => {
    const many = stored.get(0)!;
    expect(roots.get(257)).toEqual(naiveRoot(many.slice(0, 257)));
    expect(buildProof(sha256, planInclusion(256, 257), (level, index) => stored.get(level)![index])).toEqual(
      naivePath(256, many.slice(0, 257)),
    );
  });
});
