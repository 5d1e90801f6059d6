import { amountFromCanonical, isDeltaInRange } from '@pacspace/domain';
import { sha256Hex } from '@pacspace/node-crypto';
import { type EnvelopeDelta, fingerprintOf, metadataHashOf } from '@pacspace/wire';

/**
 * The fingerprint of what the log holds, made of its fields again; undefined when the amount is none that a delta may have.
 *
 * @throws RangeError when a field cannot be read: the whole envelope is for the dead letters then.
 */
export function fingerprintOfLogged(delta: EnvelopeDelta): string | undefined {
  const amount = amountFromCanonical(delta.amount);
  const { adjustsKey, customerId, metadata, occurredAtMs, reason, referenceId, salt } = delta;
  const isSalted = metadata !== undefined && salt !== undefined;
  const fingerprint = fingerprintOf(
    {
      recordId: `rec_${delta.recordKey}`,
      customerId,
      amount,
      reason,
      referenceId,
      metadataHash: isSalted ? metadataHashOf(salt, metadata, sha256Hex) : undefined,
      adjusts: adjustsKey === undefined ? undefined : `rec_${adjustsKey}`,
      occurredAtMs,
    },
    sha256Hex,
  );
  return isDeltaInRange(amount) ? fingerprint : undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-/;

/** The trace that a delta came with; zeros when it came with none. */
export function traceIdOf({ traceparent }: EnvelopeDelta): string {
  return TRACEPARENT.exec(traceparent)?.[1] ?? '0'.repeat(32);
}
