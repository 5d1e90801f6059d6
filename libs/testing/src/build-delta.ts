import { createHash } from 'node:crypto';
import { formatAmount, type JsonObject, parseAmount } from '@pacspace/domain';
import { canonicalize } from '@pacspace/proof';
import {
  type EnvelopeDelta,
  fingerprintOf,
  metadataHashOf,
  recordKeyOf,
  type Sha256Hex,
} from '@pacspace/wire';

// Not the apps' one-shot call: what tests expect is computed another way where that costs nothing.
const sha256: Sha256Hex = (data) => createHash('sha256').update(data).digest('hex');

export interface DeltaParts {
  readonly environmentId?: string;
  readonly customerId: string;
  readonly amount: string;
  /** Idempotency key. */
  readonly key: string;
  readonly reason?: string;
  readonly referenceId?: string;
  readonly occurredAtMs?: number;
  readonly adjustsKey?: string;
  readonly metadata?: JsonObject;
  readonly traceparent?: string;
}

/** A delta as a gateway would put it into the log, its identity and fingerprint right. */
export function buildDelta(parts: DeltaParts): EnvelopeDelta {
  const { environmentId = 'env_test', customerId, key, reason = 'usage' } = parts;
  const parsed = parseAmount(parts.amount);
  if (!parsed.ok) throw new Error(`not an amount: ${parts.amount}`);
  const recordKey = recordKeyOf({ environmentId, customerId, key }, sha256);
  const metadata = parts.metadata === undefined ? undefined : canonicalize(parts.metadata);
  const salt = metadata === undefined ? undefined : sha256(`salt ${recordKey}`).slice(0, 32);
  const fingerprint = fingerprintOf(
    {
      recordId: `rec_${recordKey}`,
      customerId,
      amount: parsed.amount,
      reason,
      referenceId: parts.referenceId,
      metadataHash:
        metadata === undefined || salt === undefined ? undefined : metadataHashOf(salt, metadata, sha256),
      adjusts: parts.adjustsKey === undefined ? undefined : `rec_${parts.adjustsKey}`,
      occurredAtMs: parts.occurredAtMs,
    },
    sha256,
  );
  return {
    environmentId,
    traceparent: parts.traceparent ?? `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`,
    customerId,
    recordKey,
    amount: formatAmount(parsed.amount),
    reason,
    fingerprint,
    referenceId: parts.referenceId,
    occurredAtMs: parts.occurredAtMs,
    adjustsKey: parts.adjustsKey,
    metadata,
    salt,
  };
}
