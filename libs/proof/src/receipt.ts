import { fromHex, toHex } from './bytes.js';
import { canonicalBytes } from './canonical.js';
import { checkShape, COUNT, HASH, isObject, optional, type Shape, textLike } from './check-shape.js';
import { parseCheckpoint } from './checkpoint.js';
import { ProofError } from './errors.js';
import { parseNote } from './note.js';
import { type Content, type Entry, parseContent, parseEntry, parseSeal, type Seal } from './records.js';
import { formatTlogProof, parseTlogProof } from './tlog-proof.js';
import { fromUtf8 } from './utf8.js';

/** An inclusion proof as it stands in a file. */
export interface ProofText {
  readonly leafIndex: number;
  readonly treeSize: number;
  /** 64 hex digits each, from the leaf's sibling up. */
  readonly hashes: readonly string[];
}

/**
 * All that is needed to check one delta offline. The parts come in the order in which they come into being; a receipt
 * has the first of them, up to one of its states (`receiptState`).
 */
export interface Receipt {
  readonly version: 1;
  readonly content: Content;
  /** Metadata and salt are shown together or not at all. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly salt?: string;
  readonly entry?: Entry;
  /** The entry under the seal's root. */
  readonly entryProof?: ProofText;
  readonly seal?: Seal;
  /** The seal under the checkpoint's root. */
  readonly sealProof?: ProofText;
  /** Signed note. */
  readonly checkpoint?: string;
}

/** accepted: durable in the queue; recorded: has its place and balance; sealed: under a root; published: in the signed log. */
export type ReceiptState = 'accepted' | 'recorded' | 'sealed' | 'published';

const PROOF: Shape<ProofText> = {
  leafIndex: COUNT,
  treeSize: COUNT,
  hashes: {
    is: (value) => Array.isArray(value) && value.length <= 64 && value.every(HASH.is),
    what: 'a list of at most 64 hashes',
  },
};

const OBJECT = { is: isObject, what: 'an object' };

/** Members of a file that say where a seal stands in the log. */
export const PUBLISHED_MEMBERS = {
  sealProof: optional(OBJECT),
  checkpoint: optional(textLike(/\n$/, 'a signed note')),
};

export const METADATA_MEMBERS = {
  metadata: optional(OBJECT),
  salt: optional(textLike(/^[0-9a-f]{32}$/, '16 bytes in hex')),
};

const RECEIPT: Shape<Receipt> = {
  version: { is: (value) => value === 1, what: '1' },
  content: OBJECT,
  ...METADATA_MEMBERS,
  entry: optional(OBJECT),
  entryProof: optional(OBJECT),
  seal: optional(OBJECT),
  ...PUBLISHED_MEMBERS,
};

/**
 * Reads a receipt file's JSON value. Nothing in it is verified yet; `verifyReceipt` does that.
 * @throws ProofError `malformed`
 */
export function parseReceipt(value: unknown): Receipt {
  const receipt = checkShape('receipt', RECEIPT, value);
  const { entry, entryProof, seal } = receipt;
  parseContent(receipt.content);
  if (entry !== undefined) parseEntry(entry);
  if (entryProof !== undefined) checkShape('entryProof', PROOF, entryProof);
  if (seal !== undefined) parseSeal(seal);
  checkDisclosure(receipt);
  checkPublished(receipt);
  // A later part without an earlier one would have nothing to be a proof of.
  const parts = [
    entry !== undefined,
    entryProof !== undefined,
    seal !== undefined,
    receipt.checkpoint !== undefined,
  ];
  const [hasEntry, hasEntryProof, hasSeal, isPublished] = parts;
  if (hasEntryProof !== hasSeal || (hasSeal && !hasEntry) || (isPublished && !hasSeal)) {
    throw new ProofError('malformed', 'receipt: a part is missing before another');
  }
  return receipt;
}

/** @throws ProofError `malformed` unless metadata and salt are both there or both not. */
export function checkDisclosure(holder: { readonly metadata?: unknown; readonly salt?: unknown }): void {
  if ((holder.metadata === undefined) !== (holder.salt === undefined)) {
    throw new ProofError('malformed', 'metadata is shown with its salt');
  }
}

/** @throws ProofError `malformed` unless proof and checkpoint are both well-formed or both not there. */
export function checkPublished(holder: { readonly sealProof?: unknown; readonly checkpoint?: string }): void {
  const { checkpoint, sealProof } = holder;
  if ((checkpoint === undefined) !== (sealProof === undefined)) {
    throw new ProofError('malformed', 'the seal has its proof with its checkpoint');
  }
  if (sealProof !== undefined) checkShape('sealProof', PROOF, sealProof);
  if (checkpoint !== undefined) parseCheckpoint(parseNote(checkpoint).text);
}

export function receiptState(receipt: Receipt): ReceiptState {
  if (receipt.checkpoint !== undefined) return 'published';
  if (receipt.seal !== undefined) return 'sealed';
  return receipt.entry === undefined ? 'accepted' : 'recorded';
}

/**
 * A published receipt as a `.tlog-proof` text: the proof is the seal's, the rest of the receipt is its extra data.
 * @throws ProofError `malformed` for a receipt that is not published.
 */
export function formatReceiptProof(receipt: Receipt): string {
  const { checkpoint, sealProof, ...rest } = receipt;
  if (checkpoint === undefined || sealProof === undefined) {
    throw new ProofError('malformed', 'only a published receipt has a proof in the log');
  }
  return formatTlogProof({
    extra: canonicalBytes(rest),
    index: sealProof.leafIndex,
    hashes: sealProof.hashes.map(fromHex),
    checkpoint,
  });
}

/**
 * The receipt in a `.tlog-proof` text.
 * @throws ProofError `malformed`
 */
export function parseReceiptProof(text: string): Receipt {
  const { checkpoint, extra, hashes, index } = parseTlogProof(text);
  if (extra === undefined) throw new ProofError('malformed', 'the proof has no receipt in its extra data');
  const rest = parseJson(fromUtf8(extra));
  if (!isObject(rest) || 'sealProof' in rest || 'checkpoint' in rest) {
    throw new ProofError('malformed', 'the extra data is not the rest of a receipt');
  }
  const treeSize = parseCheckpoint(parseNote(checkpoint).text).size;
  const sealProof: ProofText = { leafIndex: index, treeSize, hashes: hashes.map(toHex) };
  return parseReceipt({ ...rest, sealProof, checkpoint });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProofError('malformed', 'not JSON', { cause });
  }
}
