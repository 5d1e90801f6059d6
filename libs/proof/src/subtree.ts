import { ProofError } from './errors.js';

/** A perfect subtree: the 2^level leaves from index × 2^level on. Level 0 is a leaf. */
export interface Subtree {
  readonly level: number;
  readonly index: number;
}

/**
 * The fewest perfect subtrees that make up the leaves [begin, end), from left to right. From 0 on they shrink to
 * the right: one for each bit set in `end`.
 * @throws ProofError `out-of-range`
 */
export function subtreesOf(begin: number, end: number): Subtree[] {
  assertRange(begin, end);
  const subtrees: Subtree[] = [];
  let at = begin;
  while (at < end) {
    const level = Math.min(alignment(at), floorLog2(end - at));
    subtrees.push({ level, index: at / 2 ** level });
    at += 2 ** level;
  }
  return subtrees;
}

/** Sizes and indexes are whole numbers that a double holds exactly: 2^53 leaves are enough for any log. */
export function assertRange(begin: number, end: number): void {
  if (!Number.isSafeInteger(begin) || !Number.isSafeInteger(end) || begin < 0 || end < begin) {
    throw new ProofError('out-of-range', `[${begin}, ${end}) is no range of leaves`);
  }
}

/** Largest k with 2^k ≤ n, for n ≥ 1. */
export function floorLog2(n: number): number {
  const high = Math.floor(n / 2 ** 32);
  return high > 0 ? 63 - Math.clz32(high) : 31 - Math.clz32(n);
}

/** Number of ones in the binary form of n. */
export function countOnes(n: number): number {
  let ones = 0;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}

/** Largest k such that 2^k divides n; more than any level for 0. */
function alignment(n: number): number {
  if (n === 0) return 64;
  let level = 0;
  for (let rest = n; rest % 2 === 0; rest /= 2) level++;
  return level;
}
