import { canonicalEntry } from '@pacspace/domain';
import { fingerprintOf, metadataHashOf, recordIdOf, type Sha256Hex } from '@pacspace/wire';
import type { RecordedEntry } from '../reads/recorded-entry.js';

/** A recorded delta's two hashes, computed again from its row: 64 hex digits each (docs/spec/proofs.md, "Records"). */
export interface EntryHashes {
  readonly fingerprint: string;
  /** Leaf hash of the entry, in every tree that covers it. */
  readonly leafHash: string;
}

export function hashEntry(customerId: string, entry: RecordedEntry, sha256: Sha256Hex): EntryHashes {
  const { adjustsKey, metadata, salt, index, balance, period, late, recordedAtMs } = entry;
  const isSalted = metadata !== undefined && salt !== undefined;
  const fingerprint = fingerprintOf(
    {
      recordId: recordIdOf(entry.recordKey),
      customerId,
      amount: entry.amount,
      reason: entry.reason,
      referenceId: entry.referenceId,
      metadataHash: isSalted ? metadataHashOf(salt, metadata, sha256) : undefined,
      adjusts: adjustsKey === undefined ? undefined : recordIdOf(adjustsKey),
      occurredAtMs: entry.occurredAtMs,
    },
    sha256,
  );
  const text = canonicalEntry({ index, fingerprint, balance, period, late, recordedAtMs });
  // RFC 6962's prefix of a leaf, 0x00, is the character U+0000.
  return { fingerprint, leafHash: sha256(`\0${text}`) };
}
