import { ProofError } from './errors.js';
import { emptyRoot, HASH_BYTES, nodeHash, type Sha256 } from './leaf.js';
import { assertRange, countOnes, subtreesOf } from './subtree.js';

/** Only nodes at these levels (0, 8, 16, …) are stored: what lies between costs at most 255 hashes to make again. */
export const STORED_LEVELS = 8;

/** Told of each subtree of 256, 65,536, … leaves at the moment in which it is complete: one call per 256 leaves. */
export type OnStoredNode = (level: number, index: number, hash: Uint8Array) => void;

/**
 * The hashes of the fewest perfect subtrees that make up the leaves [begin, end): all that is needed to append to a
 * tree and to know its root, in O(log n) memory. A range that begins at 0 is a tree's frontier.
 *
 * Appending costs one node hash a leaf, amortised. Not safe to append to from two places at once.
 */
export class CompactRange {
  readonly begin: number;
  readonly #sha256: Sha256;
  readonly #hashes: Uint8Array[];
  #end: number;

  private constructor(sha256: Sha256, bounds: { begin: number; end: number }, hashes: Uint8Array[]) {
    this.#sha256 = sha256;
    this.begin = bounds.begin;
    this.#end = bounds.end;
    this.#hashes = hashes;
  }

  /** The range without leaves at position `begin`. */
  static empty(sha256: Sha256, begin = 0): CompactRange {
    assertRange(begin, begin);
    return new CompactRange(sha256, { begin, end: begin }, []);
  }

  /**
   * The frontier of a tree of `size` leaves from {@link toBytes}. The hashes are views of `bytes`.
   * @throws ProofError `malformed` when their number is not the one that `size` needs.
   */
  static frontier(sha256: Sha256, size: number, bytes: Uint8Array): CompactRange {
    assertRange(0, size);
    const count = countOnes(size);
    if (bytes.length !== count * HASH_BYTES) {
      throw new ProofError('malformed', `a frontier of ${size} leaves has ${count * HASH_BYTES} bytes`);
    }
    const hashes: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += HASH_BYTES) hashes.push(bytes.subarray(at, at + HASH_BYTES));
    return new CompactRange(sha256, { begin: 0, end: size }, hashes);
  }

  get end(): number {
    return this.#end;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#end - this.begin;
  }

  /** Hashes of the subtrees, from left to right (of a frontier: largest first). */
  get hashes(): readonly Uint8Array[] {
    return this.#hashes;
  }

  /** Adds the leaf at position `end`. */
  append(leafHash: Uint8Array, onStoredNode?: OnStoredNode): void {
    const index = this.#end;
    if (index === Number.MAX_SAFE_INTEGER) throw new ProofError('out-of-range', 'the tree is full');
    this.#push({ level: 0, index }, leafHash, onStoredNode);
  }

  /**
   * Adds all leaves of `next`, which begins where this range ends. Only nodes that become complete by this are
   * reported: those inside `next` were when it was made.
   * @throws ProofError `out-of-range` when it begins elsewhere.
   */
  merge(next: CompactRange, onStoredNode?: OnStoredNode): void {
    if (next.begin !== this.#end) {
      throw new ProofError('out-of-range', `a range that begins at ${next.begin} cannot follow ${this.#end}`);
    }
    const subtrees = subtreesOf(next.begin, next.end);
    next.hashes.forEach((hash, i) => {
      const subtree = subtrees[i];
      if (subtree !== undefined) this.#push(subtree, hash, onStoredNode);
    });
  }

  /**
   * Root of the tree (RFC 6962 §2.1).
   * @throws ProofError `out-of-range` unless the range begins at 0: others have no root.
   */
  root(): Uint8Array {
    if (this.begin !== 0) throw new ProofError('out-of-range', 'only a range that begins at 0 has a root');
    return this.#hashes.length === 0 ? emptyRoot(this.#sha256) : foldRight(this.#sha256, this.#hashes);
  }

  /** The hashes one after the other, 32 bytes each; `size` is kept apart. */
  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#hashes.length * HASH_BYTES);
    this.#hashes.forEach((hash, i) => bytes.set(hash, i * HASH_BYTES));
    return bytes;
  }

  /** A range that can be appended to without changing this one. */
  clone(): CompactRange {
    return new CompactRange(this.#sha256, { begin: this.begin, end: this.#end }, [...this.#hashes]);
  }

  #push(
    subtree: { level: number; index: number },
    subtreeHash: Uint8Array,
    onStoredNode?: OnStoredNode,
  ): void {
    const hashes = this.#hashes;
    let { level, index } = subtree;
    let hash = subtreeHash;
    let width = 2 ** level;
    this.#end += width;
    // A right child whose sibling lies within the range is joined with it, and so on upwards.
    while (index % 2 === 1 && (index - 1) * width >= this.begin) {
      const sibling = hashes.pop();
      if (sibling === undefined)
        throw new ProofError('out-of-range', 'fewer hashes than the range has subtrees');
      hash = nodeHash(this.#sha256, sibling, hash);
      level++;
      width *= 2;
      index = (index - 1) / 2;
      if (level % STORED_LEVELS === 0) onStoredNode?.(level, index, hash);
    }
    hashes.push(hash);
  }
}

/** Hash of one or more neighbouring subtrees that shrink to the right, joined from the right (RFC 6962 §2.1). */
export function foldRight(sha256: Sha256, hashes: readonly Uint8Array[]): Uint8Array {
  return hashes.reduceRight((right, left) => nodeHash(sha256, left, right));
}
