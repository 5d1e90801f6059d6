/**
 * Proofs after the public standards (docs/spec/proofs.md): canonical JSON, RFC 6962 trees, C2SP notes and logs.
 * Pure: no import, no platform; SHA-256 and Ed25519 are arguments.
 */
export { concatBytes, equalBytes, fromBase64, fromHex, toBase64, toHex } from './bytes.js';
export { amountUnits, isAmount } from './amount.js';
export { canonicalBytes, canonicalize } from './canonical.js';
export { type Checkpoint, formatCheckpoint, parseCheckpoint } from './checkpoint.js';
export { CompactRange, type OnStoredNode, STORED_LEVELS } from './compact-range.js';
export { ProofError, type ProofErrorCode } from './errors.js';
export {
  entryLeaf,
  fingerprintOf,
  metadataHash,
  metadataSalt,
  receiptIdOf,
  recordIdsOf,
  SALT_BYTES,
  sealLeaf,
  selectionRoot,
} from './hash-records.js';
export { emptyRoot, HASH_BYTES, leafHash, leafHashOfText, nodeHash, type Sha256 } from './leaf.js';
export {
  formatNote,
  type Note,
  type NoteCheck,
  type NoteSignature,
  type NoteSigner,
  parseNote,
  signNote,
  verifyNote,
  type VerifySignature,
} from './note.js';
export {
  buildProof,
  fetchProof,
  planConsistency,
  planInclusion,
  type ProofPlan,
  type Span,
  spansOf,
} from './plan-proof.js';
export {
  formatReceiptProof,
  parseReceipt,
  parseReceiptProof,
  type ProofText,
  type Receipt,
  type ReceiptState,
  receiptState,
} from './receipt.js';
export {
  type Content,
  type Entry,
  parseContent,
  parseEntry,
  parseSeal,
  type Seal,
  type SealSubset,
  type SealWindow,
} from './records.js';
export { parseStatement, type Statement, type StatementRecord } from './statement.js';
export { type Subtree, subtreesOf } from './subtree.js';
export {
  encodeBundle,
  hashesAtLevel,
  MAX_ENTRY_BYTES,
  parseBundle,
  parseTilePath,
  type Tile,
  TILE_WIDTH,
  tilePath,
  tilesBetween,
} from './tiles.js';
export { formatTlogProof, parseTlogProof, type TlogProof } from './tlog-proof.js';
export type { Step, StepOutcome, Verdict, VerifyOptions } from './verdict.js';
export {
  formatVerifierKey,
  keyIdOf,
  parseVerifierKey,
  SIGNATURE_TYPE,
  type VerifierKey,
  verifierKeyOf,
} from './verifier-key.js';
export {
  type ConsistencyClaim,
  type InclusionClaim,
  type ProofCheck,
  verifyConsistency,
  verifyInclusion,
} from './verify-proof.js';
export { type PublishedStep, verifyPublished } from './verify-published.js';
export { type ReceiptStep, type ReceiptVerdict, verifyReceipt } from './verify-receipt.js';
export { type StatementStep, type StatementVerdict, verifyStatement } from './verify-statement.js';
