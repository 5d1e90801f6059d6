import { formatTime } from '@pacspace/domain';
import type { FoundEntry, FoundRow } from '@pacspace/ledger';
import { amountFields, receiptIdOf, recordIdOf } from '@pacspace/wire';

/** A record of the ledger as a report and its findings show it. */
export function formatFoundEntry(entry: FoundEntry) {
  return {
    index: entry.index,
    recordId: recordIdOf(entry.recordKey),
    receiptId: receiptIdOf(entry.recordKey),
    logSequence: entry.logSequence,
    ...(entry.reference !== undefined && { referenceId: entry.reference }),
    ...amountFields('amount', entry.amount),
    time: formatTime(entry.atMs),
    reason: entry.reason,
  };
}

/** A record of a statement, likewise; its amount as it stands there. */
export function formatFoundRow(row: FoundRow) {
  return {
    row: row.row,
    line: row.line,
    ...(row.reference !== undefined && { referenceId: row.reference }),
    ...amountFields('amount', row.amount),
    ...(row.atMs !== undefined && { time: formatTime(row.atMs) }),
    ...(row.reason !== undefined && { reason: row.reason }),
  };
}
