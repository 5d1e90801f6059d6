import { amountFromCanonical, formatTime } from '@pacspace/domain';
import { amountFields, receiptIdOf, recordIdOf, traceIdOf } from '@pacspace/wire';
import type { WaitingDelta } from './search-tail.js';

/** A delta that waits, as it is answered: everything but its place, which only the projector gives. */
export function formatWaiting({ delta, lane, sequence, isNext }: WaitingDelta) {
  const { adjustsKey, metadata, occurredAtMs, referenceId, recordKey } = delta;
  return {
    recordId: recordIdOf(recordKey),
    receiptId: receiptIdOf(recordKey),
    status: isNext ? 'PROCESSING' : 'QUEUED',
    customerId: delta.customerId,
    ...amountFields('delta', amountFromCanonical(delta.amount)),
    reason: delta.reason,
    ...(referenceId !== undefined && { referenceId }),
    ...(metadata !== undefined && { metadata: JSON.parse(metadata) as unknown }),
    ...(adjustsKey !== undefined && { adjusts: { recordId: recordIdOf(adjustsKey) } }),
    ...(occurredAtMs !== undefined && { occurredAt: formatTime(occurredAtMs) }),
    fingerprint: delta.fingerprint,
    position: { lane, sequence },
    traceId: traceIdOf(delta.traceparent),
  };
}
