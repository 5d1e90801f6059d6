import { hash } from 'node:crypto';

/** RFC 6962 §2.1 to the letter, by recursion over slices: slow and obviously right, so that the fast code can be held against it. */
export const sha256 = (data: Uint8Array): Uint8Array =>
  // A third of the time that the 'buffer' encoding takes, and the exhaustive tests hash millions of times.
  Buffer.from(hash('sha256', data, 'binary'), 'latin1');

const digest = (...parts: Uint8Array[]): Uint8Array => sha256(Buffer.concat(parts));
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export const naiveLeaf = (data: Uint8Array): Uint8Array => digest(LEAF, data);

/** Largest power of two smaller than n, for n > 1. */
const split = (n: number): number => {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
};

/** MTH over leaf hashes. */
export function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return digest();
  if (leaves.length === 1) return leaves[0]!;
  const k = split(leaves.length);
  return digest(NODE, naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

/** PATH(m, D[n]), RFC 6962 §2.1.1. */
export function naivePath(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k
    ? [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))]
    : [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

/** PROOF(m, D[n]), RFC 6962 §2.1.2. */
export function naiveConsistency(m: number, leaves: readonly Uint8Array[], whole = true): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [naiveRoot(leaves)];
  const k = split(leaves.length);
  return m <= k
    ? [...naiveConsistency(m, leaves.slice(0, k), whole), naiveRoot(leaves.slice(k))]
    : [...naiveConsistency(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}

/** n leaf hashes of distinct leaves. */
export const someLeaves = (n: number): Uint8Array[] =>
  Array.from({ length: n }, (_, i) => naiveLeaf(new TextEncoder().encode(`leaf ${i}`)));

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** A proof as one text: jest compares texts a hundred times faster than lists of bytes. */
export const toLines = (hashes: readonly Uint8Array[]): string => hashes.map(toHex).join('\n');
export const fromHexText = (text: string): Uint8Array => Buffer.from(text, 'hex');
