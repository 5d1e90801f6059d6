import { equalBytes } from './bytes.js';
import { HASH_BYTES, nodeHash, type Sha256 } from './leaf.js';

/** What a verifier says of a proof. */
export type ProofCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /**
       * `out-of-range`: no tree has this index or these sizes; `wrong-length`: not the number of hashes that they need;
       * `malformed`: a hash that is not 32 bytes; `root-mismatch`: it leads to another root.
       */
      readonly reason: 'out-of-range' | 'wrong-length' | 'malformed' | 'root-mismatch';
    };

export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Uint8Array[];
  readonly root: Uint8Array;
}

export interface ConsistencyClaim {
  readonly fromSize: number;
  readonly fromRoot: Uint8Array;
  readonly toSize: number;
  readonly toRoot: Uint8Array;
  readonly hashes: readonly Uint8Array[];
}

const OK: ProofCheck = { ok: true };
const OUT_OF_RANGE: ProofCheck = { ok: false, reason: 'out-of-range' };
const WRONG_LENGTH: ProofCheck = { ok: false, reason: 'wrong-length' };
const MALFORMED: ProofCheck = { ok: false, reason: 'malformed' };
const ROOT_MISMATCH: ProofCheck = { ok: false, reason: 'root-mismatch' };

/** Checks that a leaf stands at `index` in the tree with `size` leaves and `root` (RFC 9162 §2.1.3.2). */
export function verifyInclusion(sha256: Sha256, claim: InclusionClaim): ProofCheck {
  const { hashes, index, leafHash, root, size } = claim;
  if (!isCount(index) || !isCount(size) || index >= size) return OUT_OF_RANGE;
  if (!areHashes([leafHash, root, ...hashes])) return MALFORMED;

  // fn and sn of the RFC: where the node stands on its level, and where the level's last node does.
  let [node, last] = [index, size - 1];
  let hash = leafHash;
  for (const sibling of hashes) {
    if (last === 0) return WRONG_LENGTH;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sha256, sibling, hash);
      // A last node without right neighbour moves up unhashed until it has a left one.
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      hash = nodeHash(sha256, hash, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) return WRONG_LENGTH;
  return equalBytes(hash, root) ? OK : ROOT_MISMATCH;
}

/**
 * Checks that the tree of `toSize` leaves begins with all those of the tree of `fromSize`, unchanged
 * (RFC 9162 §2.1.4.2). Between equal sizes the proof is empty and the roots are the same. From the empty tree nothing
 * can be proven: `out-of-range`.
 */
export function verifyConsistency(sha256: Sha256, claim: ConsistencyClaim): ProofCheck {
  const { fromRoot, fromSize, hashes, toRoot, toSize } = claim;
  if (!isCount(fromSize) || !isCount(toSize) || fromSize === 0 || fromSize > toSize) return OUT_OF_RANGE;
  if (!areHashes([fromRoot, toRoot, ...hashes])) return MALFORMED;
  if (fromSize === toSize) {
    if (hashes.length > 0) return WRONG_LENGTH;
    return equalBytes(fromRoot, toRoot) ? OK : ROOT_MISMATCH;
  }

  let [node, last] = [fromSize - 1, toSize - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // A tree that is one perfect subtree of the larger one is where the proof starts, so it is not repeated in it.
  const path = node === 0 ? [fromRoot, ...hashes] : hashes;
  const [start, ...rest] = path;
  if (start === undefined) return WRONG_LENGTH;
  let [from, to] = [start, start];
  for (const sibling of rest) {
    if (last === 0) return WRONG_LENGTH;
    if (node % 2 === 1 || node === last) {
      from = nodeHash(sha256, sibling, from);
      to = nodeHash(sha256, sibling, to);
      while (node % 2 === 0 && node !== 0) [node, last] = [half(node), half(last)];
    } else {
      to = nodeHash(sha256, to, sibling);
    }
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) return WRONG_LENGTH;
  return equalBytes(from, fromRoot) && equalBytes(to, toRoot) ? OK : ROOT_MISMATCH;
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

/** Sizes go past 2^32, where the shift operators would cut them off. */
function half(n: number): number {
  return Math.floor(n / 2);
}

function areHashes(hashes: readonly Uint8Array[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}
