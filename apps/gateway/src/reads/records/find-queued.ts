import { amountFromCanonical, formatTime } from '@pacspace/domain';
import { DELTAS_STREAM, decodeEnvelope, type EnvelopeDelta, receiptIdOf, recordIdOf } from '@pacspace/wire';
import type { DeltaLog } from '@pacspace/log';
import { amountFields } from '../amount-fields.js';

/** A delta that is in the log and not in the ledger yet. */
export interface QueuedDelta {
  readonly delta: EnvelopeDelta;
  readonly lane: number;
  readonly sequence: number;
  /** True when its envelope is the next one that the projector folds. */
  readonly isNext: boolean;
}

/**
 * Reads a delta from the envelope that it was stored in: the log says what was accepted, whoever accepted it.
 * Undefined when the envelope is not there or does not hold it.
 */
export async function findQueued(
  log: DeltaLog,
  recordKey: string,
  at: { readonly sequence: number; readonly projected: readonly { lane: number; sequence: number }[] },
): Promise<QueuedDelta | undefined> {
  const message = await log.manager.direct.getMessage(DELTAS_STREAM, { seq: at.sequence });
  if (message === null) return undefined;
  const delta = decodeEnvelope(message.string()).deltas.find((each) => each.recordKey === recordKey);
  if (delta === undefined) return undefined;
  const lane = Number(message.subject.slice(message.subject.lastIndexOf('.') + 1));
  const after = at.projected.find((position) => position.lane === lane)?.sequence ?? 0;
  const next = await log.manager.direct.getMessage(DELTAS_STREAM, {
    seq: after + 1,
    next_by_subj: message.subject,
  });
  return { delta, lane, sequence: at.sequence, isNext: next?.seq === at.sequence };
}

/** A delta that waits, as it is answered: everything but its place, which only the projector gives. */
export function formatQueued({ delta, lane, sequence, isNext }: QueuedDelta) {
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
  };
}
