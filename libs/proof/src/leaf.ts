import { ProofError } from './errors.js';
import { utf8, writeUtf8 } from './utf8.js';

/**
 * SHA-256 of `data`: 32 bytes. Given by the caller, so that the same code runs in Node, browsers and workers.
 * It must be done with `data` when it returns: the argument is often a buffer that is written again next time.
 */
export type Sha256 = (data: Uint8Array) => Uint8Array;

/** Bytes in a hash, everywhere in this package. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;

// Hashing is synchronous, so one buffer of each kind serves every call: allocating input buffers costs
// about as much as a quarter of the hash itself.
const leafInput = new Uint8Array(64 * 1024);
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES);
leafInput[0] = LEAF_PREFIX;
nodeInput[0] = NODE_PREFIX;

/** RFC 6962 §2.1 leaf hash: SHA-256(0x00 || data). */
export function leafHash(sha256: Sha256, data: Uint8Array): Uint8Array {
  const bytes = data.length + 1;
  const input = bytes <= leafInput.length ? leafInput.subarray(0, bytes) : new Uint8Array(bytes);
  input.set(data, 1);
  return sha256(input);
}

/** Leaf hash of the UTF-8 form of `text`, e.g. of canonical JSON, without an intermediate copy. */
export function leafHashOfText(sha256: Sha256, text: string): Uint8Array {
  // U+0000 is the byte 0x00 in UTF-8: the prefix is encoded along with the text.
  const prefixed = '\0' + text;
  if (prefixed.length * 3 > leafInput.length) return sha256(utf8(prefixed));
  return sha256(leafInput.subarray(0, writeUtf8(prefixed, leafInput)));
}

/**
 * RFC 6962 §2.1 hash of an interior node: SHA-256(0x01 || left || right).
 * @throws ProofError `malformed` unless both are 32 bytes: of a shorter one the rest would be what the last call left.
 */
export function nodeHash(sha256: Sha256, left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) {
    throw new ProofError('malformed', `a hash has ${HASH_BYTES} bytes`);
  }
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** Root of the tree without leaves: SHA-256 of the empty string. */
export function emptyRoot(sha256: Sha256): Uint8Array {
  return sha256(new Uint8Array(0));
}
