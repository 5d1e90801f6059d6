import {
  amountFromCanonical,
  type DeltaContent,
  formatPeriod,
  isDeltaInRange,
  type LoggedDelta,
  periodOf,
} from '@pacspace/domain';
import type { LoggedMessage } from '@pacspace/log';
import { sha256Hex } from '@pacspace/node-crypto';
import {
  decodeEnvelope,
  EnvelopeError,
  type EnvelopeDelta,
  fingerprintOf,
  metadataHashOf,
  type PeriodClose,
  traceIdOf,
} from '@pacspace/wire';

/** A delta of the log with all that the ledger keeps of it. */
export interface DecodedDelta extends LoggedDelta {
  readonly amountText: string;
  readonly reason: string;
  readonly referenceId: string | undefined;
  readonly metadata: string | undefined;
  readonly salt: string | undefined;
  readonly traceId: string;
}

export interface DecodedEnvelope {
  readonly message: LoggedMessage;
  readonly deltas: readonly DecodedDelta[];
  readonly close: PeriodClose | undefined;
  /** Why the message cannot be read; its deltas are none then, and it goes to the dead letters. */
  readonly poison: string | undefined;
}

/**
 * Reads an envelope, and computes every fingerprint again from the fields that the ledger will keep: what is recorded
 * is what was acknowledged, whatever happened in between.
 */
export function decodeMessage(message: LoggedMessage): DecodedEnvelope {
  try {
    const envelope = decodeEnvelope(message.payload);
    const close = envelope.kind === 'close' ? envelope.close : undefined;
    if (close !== undefined) assertEnded(close, message.recordedAtMs);
    return { message, deltas: envelope.deltas.map(decodeDelta), close, poison: undefined };
  } catch (error) {
    if (error instanceof EnvelopeError || error instanceof RangeError) {
      return { message, deltas: [], close: undefined, poison: error.message };
    }
    throw error;
  }
}

/** By the log's own clock. A closing that came too early would push what happens now into months to come. */
function assertEnded({ period }: PeriodClose, recordedAtMs: number): void {
  if (period >= periodOf(recordedAtMs)) {
    throw new RangeError(`closes ${formatPeriod(period)}, which had not ended when the log took it`);
  }
}

function decodeDelta(delta: EnvelopeDelta): DecodedDelta {
  const amount = amountFromCanonical(delta.amount);
  const content: DeltaContent = {
    recordId: `rec_${delta.recordKey}`,
    customerId: delta.customerId,
    amount,
    reason: delta.reason,
    referenceId: delta.referenceId,
    metadataHash:
      delta.metadata === undefined || delta.salt === undefined
        ? undefined
        : metadataHashOf(delta.salt, delta.metadata, sha256Hex),
    adjusts: delta.adjustsKey === undefined ? undefined : `rec_${delta.adjustsKey}`,
    occurredAtMs: delta.occurredAtMs,
  };
  return {
    environmentId: delta.environmentId,
    customerId: delta.customerId,
    recordKey: delta.recordKey,
    amount,
    amountText: delta.amount,
    occurredAtMs: delta.occurredAtMs,
    adjustsKey: delta.adjustsKey,
    fingerprint: delta.fingerprint,
    fingerprintHolds: isDeltaInRange(amount) && fingerprintOf(content, sha256Hex) === delta.fingerprint,
    reason: delta.reason,
    referenceId: delta.referenceId,
    metadata: delta.metadata,
    salt: delta.salt,
    traceId: traceIdOf(delta.traceparent),
  };
}
