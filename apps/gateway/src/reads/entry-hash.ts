import { canonicalEntry } from '@pacspace/domain';
import type { RecordedEntry, ShownEntry } from '@pacspace/ledger';
import { sha256, sha256Hex } from '@pacspace/node-crypto';
import { leafHashOfText } from '@pacspace/proof';
import { fingerprintOf, metadataHashOf, recordIdOf } from '@pacspace/wire';

/** The fingerprint of a recorded delta, computed from what is kept of it (docs/spec/proofs.md, "Content"). */
export function fingerprintOfEntry(customerId: string, entry: RecordedEntry | ShownEntry): string {
  const { adjustsKey, metadata, salt } = entry;
  const isSalted = metadata !== undefined && salt !== undefined;
  return fingerprintOf(
    {
      recordId: recordIdOf(entry.recordKey),
      customerId,
      amount: entry.amount,
      reason: entry.reason,
      referenceId: entry.referenceId,
      metadataHash: isSalted ? metadataHashOf(salt, metadata, sha256Hex) : undefined,
      adjusts: adjustsKey === undefined ? undefined : recordIdOf(adjustsKey),
      occurredAtMs: entry.occurredAtMs,
    },
    sha256Hex,
  );
}

/** The hash of the leaf that a recorded delta is in its trees (docs/spec/proofs.md, "Entry"). */
export function entryLeafHash(customerId: string, entry: RecordedEntry): Uint8Array {
  const { index, balance, period, late, recordedAtMs } = entry;
  const fingerprint = fingerprintOfEntry(customerId, entry);
  return leafHashOfText(sha256, canonicalEntry({ index, fingerprint, balance, period, late, recordedAtMs }));
}
