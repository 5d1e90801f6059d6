import { concatBytes, fromHex, toHex } from './bytes.js';
import { canonicalBytes, canonicalize } from './canonical.js';
import { CompactRange } from './compact-range.js';
import { ProofError } from './errors.js';
import { leafHash, leafHashOfText, type Sha256 } from './leaf.js';
import type { Content, Entry, Seal } from './records.js';
import { utf8 } from './utf8.js';

const ID_BYTES = 16;

/** Bytes of a metadata salt. */
export const SALT_BYTES = 16;

/**
 * The ids of a delta, from its idempotency key alone: a retry through any gateway gets the same receipt without asking.
 * @throws ProofError `malformed` when the environment or the customer has a newline: two scopes could then share an id.
 */
export function recordIdsOf(
  sha256: Sha256,
  scope: { readonly environmentId: string; readonly customerId: string; readonly idempotencyKey: string },
): { readonly recordId: string; readonly receiptId: string } {
  const { customerId, environmentId, idempotencyKey } = scope;
  if (environmentId.includes('\n') || customerId.includes('\n')) {
    throw new ProofError('malformed', 'a newline within an id');
  }
  const text = `pacspace/record/v1\n${environmentId}\n${customerId}\n${idempotencyKey}`;
  const id = toHex(sha256(utf8(text)).subarray(0, ID_BYTES));
  return { recordId: `rec_${id}`, receiptId: `rcp_${id}` };
}

/** The receipt id that belongs to a record id. */
export function receiptIdOf(recordId: string): string {
  return recordId.replace(/^rec_/, 'rcp_');
}

/** Fingerprint of a content, 64 hex digits: the leaf hash of its canonical JSON. */
export function fingerprintOf(sha256: Sha256, content: Content): string {
  return toHex(leafHashOfText(sha256, canonicalize(content)));
}

/** Leaf of an entry in its customer's tree. */
export function entryLeaf(sha256: Sha256, entry: Entry): Uint8Array {
  return leafHashOfText(sha256, canonicalize(entry));
}

/** Leaf of a seal in the log; the log's entry itself is the seal's canonical JSON. */
export function sealLeaf(sha256: Sha256, seal: Seal): Uint8Array {
  return leafHashOfText(sha256, canonicalize(seal));
}

/**
 * Salt of a record's metadata, 16 bytes. It is derived, not stored, and a keyed hash, so that nobody without the
 * environment's key can test guesses of the metadata against its hash.
 * @param hmac HMAC-SHA-256 under the environment's salt key.
 */
export function metadataSalt(hmac: (data: Uint8Array) => Uint8Array, recordId: string): Uint8Array {
  return hmac(fromHex(recordId.replace(/^rec_/, ''))).slice(0, SALT_BYTES);
}

/**
 * Hash of metadata that enters the content, 64 hex digits: SHA-256(salt || canonical JSON). Whoever is shown salt and
 * metadata can check it; when both are erased, the fingerprint still can be.
 */
export function metadataHash(sha256: Sha256, salt: Uint8Array, metadata: unknown): string {
  return toHex(sha256(concatBytes([salt, canonicalBytes(metadata)])));
}

/**
 * Root over a selection of fingerprints (64 hex digits each): a tree whose leaves are their 32 bytes, in ascending order,
 * each once.
 */
export function selectionRoot(sha256: Sha256, fingerprints: Iterable<string>): Uint8Array {
  const range = CompactRange.empty(sha256);
  for (const fingerprint of [...new Set(fingerprints)].sort()) {
    range.append(leafHash(sha256, fromHex(fingerprint)));
  }
  return range.root();
}
