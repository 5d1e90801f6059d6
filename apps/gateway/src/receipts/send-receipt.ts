import { formatCheckpointId } from '@pacspace/ledger';
import { formatReceiptProof, receiptState } from '@pacspace/proof';
import { ApiError } from '@pacspace/wire';
import type { FastifyReply } from 'fastify';
import { invalid } from '../reads/query.js';
import type { MadeReceipt } from './make-receipt.js';

const TEXT_SUFFIX = '.tlog-proof';
const RECEIPT_ID = /^rcp_([0-9a-f]{32})$/;
/** A head is published every second. */
const UNPUBLISHED_RETRY_SECONDS = 2;

/** Which receipt is asked for, and whether as a `.tlog-proof` text: by suffix, or by `accept: text/plain`. */
export interface AskedReceipt {
  readonly receiptId: string;
  /** 32 hex digits. */
  readonly recordKey: string;
  readonly asText: boolean;
}

/** @throws ApiError VALIDATION_FAILED */
export function parseReceiptName(name: string, accept: string | undefined): AskedReceipt {
  const isFile = name.endsWith(TEXT_SUFFIX);
  const receiptId = isFile ? name.slice(0, -TEXT_SUFFIX.length) : name;
  const recordKey = RECEIPT_ID.exec(receiptId)?.[1];
  if (recordKey === undefined) {
    throw invalid([{ path: 'receiptId', message: 'must be rcp_ and 32 hexadecimal digits' }]);
  }
  return { receiptId, recordKey, asText: isFile || prefersText(accept) };
}

/** @throws ApiError NOT_FOUND when the text is asked for and there is none yet. */
export function sendReceipt(
  reply: FastifyReply,
  { receiptId, asText }: AskedReceipt,
  { receipt, seal, traceId }: MadeReceipt,
): void {
  const state = receiptState(receipt);
  if (asText) {
    if (state !== 'published') throw notPublished(state);
    reply
      .type('text/plain; charset=utf-8')
      .header('content-disposition', `attachment; filename="${receiptId}${TEXT_SUFFIX}"`)
      .send(formatReceiptProof(receipt));
    return;
  }
  const data = {
    receiptId,
    recordId: receipt.content.recordId,
    customerId: receipt.content.customerId,
    receiptState: state,
    ...(seal !== undefined && { checkpointId: formatCheckpointId(seal), logIndex: seal.logIndex }),
    ...(receipt.seal !== undefined && { proofRoot: receipt.seal.root, origin: receipt.seal.origin }),
    traceId,
    receipt,
  };
  reply.send({ success: true, data });
}

function prefersText(accept: string | undefined): boolean {
  return accept?.split(',', 1)[0]?.trim().startsWith('text/plain') === true;
}

function notPublished(state: string): ApiError {
  const message = `the receipt is ${state}: only a published one has a proof in the log; ask for JSON, or again`;
  return new ApiError('NOT_FOUND', message, { retryAfterSeconds: UNPUBLISHED_RETRY_SECONDS });
}
