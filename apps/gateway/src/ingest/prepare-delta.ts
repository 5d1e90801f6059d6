import { createHmac, randomUUID } from 'node:crypto';
import { type DeltaInput, formatAmount, laneOf } from '@pacspace/domain';
import { sha256Hex } from '@pacspace/node-crypto';
import { canonicalize } from '@pacspace/proof';
import {
  type EncodedDelta,
  encodeDelta,
  fingerprintOf,
  metadataHashOf,
  recordIdOf,
  recordKeyOf,
} from '@pacspace/wire';
import type { Principal } from '../auth/principal.js';

/**
 * A delta with its identity: everything that will be stored is fixed, and encoded. It holds no more than its answer
 * needs, since thousands are in memory while the log works, and each object that outlives a young collection costs.
 */
export interface PreparedDelta extends EncodedDelta {
  readonly customerId: string;
  readonly lane: number;
  /** 32 hex digits. */
  readonly recordKey: string;
  /** True when the producer gave a key, so that the delta may have been sent before. */
  readonly keyed: boolean;
  /** 64 hex digits. */
  readonly fingerprint: string;
  /** Canonical decimal text. */
  readonly amount: string;
}

/** Where a delta comes from: one for all deltas of a request. */
export interface Origin {
  readonly principal: Principal;
  readonly traceparent: string;
  readonly lanes: number;
}

export interface Identity {
  readonly recordKey: string;
  readonly keyed: boolean;
}

/** A delta without a key of its own is a new fact each time. */
export function identify(input: DeltaInput, key: string | undefined, { principal }: Origin): Identity {
  const { environmentId } = principal;
  const { customerId } = input;
  const recordKey = recordKeyOf({ environmentId, customerId, key: key ?? randomUUID() }, sha256Hex);
  return { recordKey, keyed: key !== undefined };
}

/** @param adjustsKey the record key that `input.adjusts` was found to mean. */
export function prepareDelta(
  input: DeltaInput,
  identity: Identity,
  origin: Origin,
  adjustsKey?: string,
): PreparedDelta {
  const { recordKey, keyed } = identity;
  const { customerId, reason, referenceId, occurredAtMs } = input;
  const amount = formatAmount(input.amount);
  const sealed = input.metadata === undefined ? undefined : sealMetadata(input.metadata, recordKey, origin);
  const fingerprint = fingerprintOf(
    {
      recordId: recordIdOf(recordKey),
      customerId,
      amount,
      reason,
      referenceId,
      occurredAtMs,
      metadataHash: sealed?.metadataHash,
      adjusts: adjustsKey === undefined ? undefined : recordIdOf(adjustsKey),
    },
    sha256Hex,
  );
  const { environmentId } = origin.principal;
  const { traceparent } = origin;
  const { body } = encodeDelta({
    environmentId,
    traceparent,
    customerId,
    recordKey,
    amount,
    reason,
    fingerprint,
    referenceId,
    occurredAtMs,
    adjustsKey,
    metadata: sealed?.metadata,
    salt: sealed?.salt,
  });
  const lane = laneOf(environmentId, customerId, origin.lanes);
  return {
    environmentId,
    traceparent,
    body: flatten(body),
    customerId,
    lane,
    recordKey,
    keyed,
    fingerprint,
    amount,
  };
}

/**
 * V8 keeps a concatenation as a tree of its parts until somebody reads it through. Reading it at once leaves one
 * string instead of twenty objects to be carried through every collection until the envelope is put together.
 */
function flatten(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** The salt follows from the record key, so that a retry has the same fingerprint; nobody without the key can guess it. */
function sealMetadata(value: object, recordKey: string, { principal }: Origin) {
  const metadata = canonicalize(value);
  const salt = createHmac('sha256', principal.saltKey).update(recordKey, 'hex').digest('hex').slice(0, 32);
  return { metadata, salt, metadataHash: metadataHashOf(salt, metadata, sha256Hex) };
}
