import { type ApiError, writeAmount } from '@pacspace/wire';
import type { EmitOutcome } from './emit-outcome.js';
import type { PreparedDelta } from './prepare-delta.js';

/**
 * JSON written by hand, since these two texts are the whole answer of the hot path: ids, hashes and canonical decimals
 * need no escaping, so writing them is joining them.
 */

/** Members that every accepted delta is answered with. */
function commonMembers({ recordKey, customerId, amount }: PreparedDelta): string {
  return (
    `"recordId":"rec_${recordKey}","receiptId":"rcp_${recordKey}","customerId":"${customerId}",` +
    writeAmount('delta', amount)
  );
}

export interface Acknowledgement {
  readonly sequence: number;
  readonly durability: string;
  readonly traceId: string;
}

/** The answer to a single emit. */
export function writeEmitAnswer(delta: PreparedDelta, acknowledgement: Acknowledgement): string {
  const { sequence, durability, traceId } = acknowledgement;
  return (
    `{"success":true,"data":{${commonMembers(delta)},"fingerprint":"${delta.fingerprint}","status":"QUEUED",` +
    `"position":{"lane":${delta.lane},"sequence":${sequence}},"durability":"${durability}","traceId":"${traceId}"}}`
  );
}

/** One item of a batch's answer. */
export function writeItem(index: number, delta: PreparedDelta | undefined, outcome: EmitOutcome): string {
  if (outcome.kind === 'refused') return writeFailedItem(index, outcome.error, delta);
  if (delta === undefined) throw new Error('a delta without identity was accepted');
  const replayed = outcome.kind === 'replayed' ? ',"idempotent":true' : '';
  return `{"index":${index},"status":"QUEUED",${commonMembers(delta)}${replayed}}`;
}

export function writeFailedItem(index: number, error: ApiError, delta?: PreparedDelta): string {
  const { code, message, fields, retryAfterSeconds } = error;
  const described = JSON.stringify({
    ...(code !== 'VALIDATION_FAILED' && { code }),
    message,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(fields !== undefined && { fields }),
  });
  const customer = delta === undefined ? '' : `,"customerId":"${delta.customerId}"`;
  return `{"index":${index},"status":"FAILED"${customer},"error":${described}}`;
}
