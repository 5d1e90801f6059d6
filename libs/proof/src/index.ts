/**
 * Proofs after the public standards (docs/spec/proofs.md): canonical JSON, RFC 6962 trees, C2SP notes and logs.
 * Pure: no import, no platform; SHA-256 is an argument.
 */
export { canonicalBytes, canonicalize } from './canonical.js';
export { CompactRange, STORED_LEVELS, type OnStoredNode } from './compact-range.js';
export { ProofError, type ProofErrorCode } from './errors.js';
export { emptyRoot, HASH_BYTES, leafHash, leafHashOfText, nodeHash, type Sha256 } from './leaf.js';
export { subtreesOf, type Subtree } from './subtree.js';
