import { foldRight, STORED_LEVELS } from './compact-range.js';
import { ProofError } from './errors.js';
import { nodeHash, type Sha256 } from './leaf.js';
import { assertRange, floorLog2, type Subtree, subtreesOf } from './subtree.js';

/**
 * What a proof is made of, known before anything is read: one element for each of its hashes, in its order, with the
 * perfect subtrees (largest first) that are joined to make it. More than one stands only at the tree's right edge.
 */
export type ProofPlan = readonly (readonly Subtree[])[];

/**
 * Neighbouring stored hashes: `count` of them at `level` (0 are leaf hashes; then 8, 16, …) from `first` on.
 * In a tiled log they are part of tile level/8.
 */
export interface Span {
  readonly level: number;
  readonly first: number;
  readonly count: number;
}

/**
 * Inclusion proof of leaf `index` in the tree of `size` leaves: PATH of RFC 6962 §2.1.1.
 * @throws ProofError `out-of-range` unless 0 ≤ index < size.
 */
export function planInclusion(index: number, size: number): ProofPlan {
  assertRange(index, size);
  if (index === size) throw new ProofError('out-of-range', `no leaf ${index} in a tree of ${size}`);
  const plan: Subtree[][] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + splitOf(end - begin);
    if (index < middle) {
      plan.push(subtreesOf(middle, end));
      end = middle;
    } else {
      plan.push(subtreesOf(begin, middle));
      begin = middle;
    }
  }
  return plan.reverse();
}

/**
 * Consistency proof between the trees of `from` and of `to` leaves: PROOF of RFC 6962 §2.1.2. Empty when they are equal.
 * @throws ProofError `out-of-range` unless 0 < from ≤ to: the empty tree is the beginning of all, so there is nothing to prove.
 */
export function planConsistency(from: number, to: number): ProofPlan {
  assertRange(from, to);
  if (from === 0) throw new ProofError('out-of-range', 'nothing to prove about the empty tree');
  const plan: Subtree[][] = [];
  let [begin, end] = [0, to];
  while (from !== end) {
    const middle = begin + splitOf(end - begin);
    if (from <= middle) {
      plan.push(subtreesOf(middle, end));
      end = middle;
    } else {
      plan.push(subtreesOf(begin, middle));
      begin = middle;
    }
  }
  // The verifier knows the old root itself; a smaller subtree at its right edge has to be told.
  if (begin !== 0) plan.push(subtreesOf(begin, end));
  return plan.reverse();
}

/**
 * The stored hashes that a plan needs, without overlaps, in order of level and position: at each level at most 255
 * around the path and 255 at the tree's right edge.
 */
export function spansOf(plan: ProofPlan): Span[] {
  const spans = plan.flat().map(storedSpan);
  spans.sort((a, b) => a.level - b.level || a.first - b.first);
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last?.level === span.level && last.first + last.count === span.first) {
      merged[merged.length - 1] = { ...last, count: last.count + span.count };
    } else {
      merged.push(span);
    }
  }
  return merged;
}

/**
 * Makes the proof from stored hashes: `storedNode(level, index)` is called for levels 0, 8, 16, … only, and only for
 * what {@link spansOf} names.
 * @throws ProofError `missing-node` when it has none.
 */
export function buildProof(
  sha256: Sha256,
  plan: ProofPlan,
  storedNode: (level: number, index: number) => Uint8Array | undefined,
): Uint8Array[] {
  const subtreeHash = (subtree: Subtree): Uint8Array => {
    const { level, first, count } = storedSpan(subtree);
    const hashes = Array.from({ length: count }, (_, i) => {
      const hash = storedNode(level, first + i);
      if (hash === undefined) throw new ProofError('missing-node', `no node ${first + i} at level ${level}`);
      return hash;
    });
    return joinPerfect(sha256, hashes);
  };
  return plan.map((subtrees) => foldRight(sha256, subtrees.map(subtreeHash)));
}

/** As {@link buildProof}, from a store that is read in whole spans, all at once. */
export async function fetchProof(
  sha256: Sha256,
  plan: ProofPlan,
  readSpan: (span: Span) => Promise<readonly Uint8Array[]>,
): Promise<Uint8Array[]> {
  const nodes = new Map<string, Uint8Array>();
  await Promise.all(
    spansOf(plan).map(async (span) => {
      const hashes = await readSpan(span);
      if (hashes.length !== span.count) {
        throw new ProofError(
          'missing-node',
          `${hashes.length} of ${span.count} nodes at level ${span.level}`,
        );
      }
      hashes.forEach((hash, i) => nodes.set(`${span.level}/${span.first + i}`, hash));
    }),
  );
  return buildProof(sha256, plan, (level, index) => nodes.get(`${level}/${index}`));
}

/** The stored hashes under a subtree: itself when its level is stored, else 2, 4, … 128 at the level below that is. */
function storedSpan({ level, index }: Subtree): Span {
  const above = level % STORED_LEVELS;
  return { level: level - above, first: index * 2 ** above, count: 2 ** above };
}

/** Root of a perfect tree over 1, 2, 4, … hashes. */
function joinPerfect(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  const [left, right] = hashes;
  if (left === undefined) throw new ProofError('missing-node', 'no nodes to join');
  if (right === undefined) return left;
  if (hashes.length === 2) return nodeHash(sha256, left, right);
  const half = hashes.length / 2;
  return nodeHash(
    sha256,
    joinPerfect(sha256, hashes.slice(0, half)),
    joinPerfect(sha256, hashes.slice(half)),
  );
}

/** Largest power of two smaller than n, for n > 1: where RFC 6962 splits n leaves. */
function splitOf(n: number): number {
  return 2 ** floorLog2(n - 1);
}
