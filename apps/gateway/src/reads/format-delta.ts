import { formatPeriod, formatTime } from '@pacspace/domain';
import type { RecordedEntry } from '@pacspace/ledger';
import { amountFields, receiptIdOf, recordIdOf } from '@pacspace/wire';
import { fingerprintOfEntry } from './entry-hash.js';

/** A recorded delta as it is answered, in a list and on its own. `occurredAt` only where the producer gave it. */
export function formatDelta(customerId: string, entry: RecordedEntry) {
  const { adjustsKey, metadata, occurredAtMs, referenceId } = entry;
  return {
    recordId: recordIdOf(entry.recordKey),
    receiptId: receiptIdOf(entry.recordKey),
    status: 'VERIFIED',
    customerId,
    index: entry.index,
    ...amountFields('delta', entry.amount),
    ...amountFields('balanceAfter', entry.balance),
    reason: entry.reason,
    ...(referenceId !== undefined && { referenceId }),
    ...(metadata !== undefined && { metadata: JSON.parse(metadata) as unknown }),
    ...(adjustsKey !== undefined && { adjusts: { recordId: recordIdOf(adjustsKey) } }),
    ...(occurredAtMs !== undefined && { occurredAt: formatTime(occurredAtMs) }),
    recordedAt: formatTime(entry.recordedAtMs),
    period: formatPeriod(entry.period),
    late: entry.late,
    fingerprint: fingerprintOfEntry(customerId, entry),
  };
}
