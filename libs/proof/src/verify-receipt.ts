import { fromHex } from './bytes.js';
import { entryLeaf, fingerprintOf, receiptIdOf } from './hash-records.js';
import { parseReceipt, type Receipt, type ReceiptState, receiptState } from './receipt.js';
import {
  checked,
  type Problem,
  type Step,
  unchecked,
  type Verdict,
  verdictOf,
  type VerifyOptions,
} from './verdict.js';
import { verifyInclusion } from './verify-proof.js';
import { REASONS, verifyPublished } from './verify-published.js';
import { entryProblem, metadataProblem, scopeProblem, scopeText } from './verify-record.js';

export type ReceiptStep = Step<'content' | 'metadata' | 'entry' | 'seal' | 'log' | 'signature'>;

export interface ReceiptVerdict {
  readonly verdict: Verdict;
  /** How far the receipt's parts go; what of them is proven, the steps say. */
  readonly state: ReceiptState;
  readonly receiptId: string;
  readonly steps: readonly ReceiptStep[];
}

/**
 * Checks a receipt offline, in six steps, each on what the one before it has established:
 * content → metadata → entry → seal → log → signature. All are always reported; a later one that holds does not make good
 * an earlier one that was refused.
 * @param file The JSON value of a receipt file.
 * @throws ProofError `malformed` when it is none.
 */
export async function verifyReceipt(file: unknown, options: VerifyOptions): Promise<ReceiptVerdict> {
  const receipt = parseReceipt(file);
  const steps: ReceiptStep[] = [
    describeContent(receipt, options),
    verifyMetadata(receipt, options),
    verifyEntry(receipt, options),
    verifySeal(receipt, options),
    ...(await verifyPublished(receipt, options)),
  ];
  const state = receiptState(receipt);
  return { verdict: verdictOf(steps), state, receiptId: receiptIdOf(receipt.content.recordId), steps };
}

/** Always holds: any content has a fingerprint. What it is worth depends on who has vouched for that. */
function describeContent({ content }: Receipt, { sha256 }: VerifyOptions): ReceiptStep {
  const { amount, customerId, reason, recordId } = content;
  const fingerprint = fingerprintOf(sha256, content);
  const what = `${amount} for customer ${customerId} (${JSON.stringify(reason)})`;
  return checked('content', undefined, `Record ${recordId}, ${what}, has the fingerprint ${fingerprint}.`);
}

function verifyMetadata(receipt: Receipt, { sha256 }: VerifyOptions): ReceiptStep {
  if (receipt.metadata === undefined && receipt.content.metadataHash !== undefined) {
    return unchecked('metadata', 'The record has metadata; it is not shown here, only a salted hash of it.');
  }
  const holds =
    receipt.metadata === undefined
      ? 'The record has no metadata.'
      : 'The metadata shown is that which the fingerprint covers.';
  return checked('metadata', metadataProblem(sha256, receipt), holds);
}

function verifyEntry({ content, entry }: Receipt, { sha256 }: VerifyOptions): ReceiptStep {
  if (entry === undefined)
    return unchecked('entry', 'Accepted only: the record has no place and no balance yet.');
  const { balance, index, late, period, recordedAt } = entry;
  const place = `It was recorded at ${recordedAt} as number ${index} of the customer's records`;
  const counted = `counts in ${period}${late === true ? ' (late)' : ''}`;
  return checked(
    'entry',
    entryProblem(sha256, content, entry),
    `${place}, ${counted}, and the balance after it is ${balance}.`,
  );
}

function verifySeal({ content, entry, entryProof, seal }: Receipt, { sha256 }: VerifyOptions): ReceiptStep {
  if (entry === undefined || entryProof === undefined || seal === undefined) {
    return unchecked('seal', "Not sealed yet: nothing commits to the record's place and balance.");
  }
  const { leafIndex, treeSize } = entryProof;
  const problem = (): Problem => {
    if (treeSize !== seal.count) return `The proof is for ${treeSize} entries, the seal has ${seal.count}.`;
    const leafHash = entryLeaf(sha256, entry);
    const hashes = entryProof.hashes.map(fromHex);
    const root = fromHex(seal.root);
    const check = verifyInclusion(sha256, { leafHash, index: leafIndex, size: treeSize, hashes, root });
    if (!check.ok) return `The entry is not number ${leafIndex} under the seal: ${REASONS[check.reason]}.`;
    return scopeProblem(seal, { content, entry, place: leafIndex });
  };
  const kind = seal.final ? 'final seal' : 'seal';
  return checked(
    'seal',
    problem(),
    `The entry is one of the ${seal.count} under the ${kind} ${scopeText(seal)}, made at ${seal.sealedAt}, which takes the balance from ${seal.openingBalance} to ${seal.closingBalance}.`,
  );
}
