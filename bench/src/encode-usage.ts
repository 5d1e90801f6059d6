import { formatAmount } from '@pacspace/domain';
import { sha256Hex } from '@pacspace/node-crypto';
import { type EncodedDelta, encodeDelta, fingerprintOf, recordKeyOf } from '@pacspace/wire';

const UNIT = 10n ** 12n;

export interface Usage {
  readonly environmentId: string;
  readonly customerId: string;
  readonly key: string;
  readonly referenceId: string;
  readonly amount: number;
  readonly occurredAtMs?: number;
}

/** A delta as a gateway puts it into the log. */
export function encodeUsage({ environmentId, key, amount: units, ...given }: Usage): EncodedDelta {
  const { customerId } = given;
  const recordKey = recordKeyOf({ environmentId, customerId, key }, sha256Hex);
  const amount = BigInt(units) * UNIT;
  const facts = { ...given, reason: 'tokens.generated' };
  const fingerprint = fingerprintOf({ ...facts, recordId: `rec_${recordKey}`, amount }, sha256Hex);
  return encodeDelta({
    ...facts,
    ...{ environmentId, recordKey, fingerprint },
    amount: formatAmount(amount),
    traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`,
  });
}
