import { formatTime } from '@pacspace/domain';
import { type FoundOutcome, loadLanes, readRecord } from '@pacspace/ledger';
import { amountFields, ApiError, receiptIdOf, recordIdOf } from '@pacspace/wire';
import type { Principal } from '../../auth/principal.js';
import type { Consistency } from '@pacspace/reads';
import { formatDelta } from '../format-delta.js';
import type { Reads } from '../reads.js';
import { formatWaiting } from './format-waiting.js';
import { searchTail } from './search-tail.js';

export interface DeltaQuestion {
  readonly principal: Principal;
  /** 32 hex digits. */
  readonly recordKey: string;
  readonly consistency: Consistency;
}

/**
 * GET /delta/:recordId. What is in the ledger is final. What is not may still be in the log, and an id does not say in
 * which lane: so the answer waits, bounded, until all lanes have been projected as far as the log goes, which is a matter of
 * milliseconds while the projector runs. If it does not, what the projector has before it is looked through. Only when
 * even that is too much to look through can nothing true be said, and the answer is 503.
 *
 * @throws ApiError NOT_FOUND | UNAVAILABLE
 */
export async function getDelta(reads: Reads, question: DeltaQuestion) {
  const { consistency, principal, recordKey } = question;
  const known = await readRecord(reads.pool, recordKey);
  if (known !== undefined) return formatOwn(known, question);
  const { value, position } = await reads.ofAllLanes(consistency, () => readRecord(reads.pool, recordKey));
  if (value !== undefined) return formatOwn(value, question);
  if (position.consistent) throw notFound(question);

  const { waiting, complete } = await searchTail(reads.log, recordKey, await loadLanes(reads.pool));
  if (waiting !== undefined) {
    if (waiting.delta.environmentId !== principal.environmentId) throw notFound(question);
    return formatWaiting(waiting);
  }
  // It may have been folded between the two looks.
  const folded = await readRecord(reads.pool, recordKey);
  if (folded !== undefined) return formatOwn(folded, question);
  if (complete || consistency === 'eventual') throw notFound(question);
  const message = 'the ledger is far behind the log, and the record may be in what it has not seen yet';
  throw new ApiError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
}

/** Another environment's record is none of the caller's. */
function formatOwn(found: FoundOutcome, question: DeltaQuestion) {
  if (found.environmentId !== question.principal.environmentId) throw notFound(question);
  return found.kind === 'recorded' ? formatRecorded(found) : formatRejected(question.recordKey, found);
}

function formatRecorded({ customerId, lane, entry, traceId }: Extract<FoundOutcome, { kind: 'recorded' }>) {
  return { ...formatDelta(customerId, entry), position: { lane, sequence: entry.logSequence }, traceId };
}

const REASONS: Readonly<Record<string, string>> = {
  FINGERPRINT_MISMATCH: 'the fingerprint in the log is not that of the content beside it',
  IDEMPOTENCY_CONFLICT: 'another delta is recorded under the same idempotency key',
  ADJUSTS_UNKNOWN: 'the delta to adjust is not recorded for this customer',
};

function formatRejected(recordKey: string, found: Extract<FoundOutcome, { kind: 'rejected' }>) {
  const { amount, code, customerId, fingerprint, lane, logSequence, recordedAtMs, traceId } = found;
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
    traceId,
  };
}

function notFound({ recordKey }: DeltaQuestion): ApiError {
  return new ApiError('NOT_FOUND', `there is no record ${recordIdOf(recordKey)}`);
}
