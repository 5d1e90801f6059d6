import { formatTime } from '@pacspace/domain';
import { type FoundOutcome, loadLanes, readRecord } from '@pacspace/ledger';
import { ApiError, receiptIdOf, recordIdOf } from '@pacspace/wire';
import type { Principal } from '../../auth/principal.js';
import { amountFields } from '../amount-fields.js';
import type { Consistency } from '../consistency.js';
import { formatDelta } from '../format-delta.js';
import type { Reads } from '../reads.js';
import { findQueued, formatQueued } from './find-queued.js';

export interface DeltaQuestion {
  readonly principal: Principal;
  /** 32 hex digits. */
  readonly recordKey: string;
  readonly consistency: Consistency;
}

/**
 * GET /delta/:recordId. What is in the ledger is final. What is not may still be in the log, and an id does not say in
 * which lane: if this process took it, the log is asked for its envelope; if not, the answer waits until all lanes have
 * been projected as far as the log goes, for only then is "not there" true. When they do not get there in time the
 * answer is 503: neither 404 nor QUEUED would be known to be right.
 *
 * @throws ApiError NOT_FOUND | UNAVAILABLE
 */
export async function getDelta(reads: Reads, question: DeltaQuestion) {
  const { environmentId } = question.principal;
  const known = await readRecord(reads.pool, question.recordKey);
  if (known !== undefined) return formatOwn(known, question);
  const waiting = await findWaiting(reads, question.recordKey);
  if (waiting !== undefined) {
    if (waiting.delta.environmentId !== environmentId) throw notFound(question);
    // It may have been folded between the two looks.
    const folded = await readRecord(reads.pool, question.recordKey);
    return folded === undefined ? formatQueued(waiting) : formatOwn(folded, question);
  }
  const { value, position } = await reads.ofAllLanes(question.consistency, () =>
    readRecord(reads.pool, question.recordKey),
  );
  if (value !== undefined) return formatOwn(value, question);
  if (question.consistency === 'strong' && !position.consistent) {
    const behind = position.behindEnvelopes === null ? '' : ` by ${position.behindEnvelopes} envelopes`;
    const message = `the ledger is behind the log${behind}, and the record may be in what it has not seen yet`;
    throw new ApiError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
  }
  throw notFound(question);
}

async function findWaiting(reads: Reads, recordKey: string) {
  const sequence = reads.acceptedAt(recordKey);
  if (sequence === undefined) return undefined;
  const projected = await loadLanes(reads.pool);
  return await findQueued(reads.log, recordKey, { sequence, projected });
}

/** Another environment's record is none of the caller's. */
function formatOwn(found: FoundOutcome, question: DeltaQuestion) {
  if (found.environmentId !== question.principal.environmentId) throw notFound(question);
  return found.kind === 'recorded' ? formatRecorded(found) : formatRejected(question.recordKey, found);
}

function formatRecorded({ customerId, lane, entry }: Extract<FoundOutcome, { kind: 'recorded' }>) {
  return { ...formatDelta(customerId, entry), position: { lane, sequence: entry.logSequence } };
}

const REASONS: Readonly<Record<string, string>> = {
  FINGERPRINT_MISMATCH: 'the fingerprint in the log is not that of the content beside it',
  IDEMPOTENCY_CONFLICT: 'another delta is recorded under the same idempotency key',
  ADJUSTS_UNKNOWN: 'the delta to adjust is not recorded for this customer',
};

function formatRejected(recordKey: string, found: Extract<FoundOutcome, { kind: 'rejected' }>) {
  const { amount, code, customerId, fingerprint, lane, logSequence, recordedAtMs } = found;
  return {
    recordId: recordIdOf(recordKey),
    receiptId: receiptIdOf(recordKey),
    status: 'FAILED',
    customerId,
    ...amountFields('delta', amount),
    error: { code, message: REASONS[code] ?? code },
    fingerprint,
    recordedAt: formatTime(recordedAtMs),
    position: { lane, sequence: logSequence },
  };
}

function notFound({ recordKey }: DeltaQuestion): ApiError {
  return new ApiError('NOT_FOUND', `there is no record ${recordIdOf(recordKey)}`);
}
