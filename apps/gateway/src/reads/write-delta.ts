import { formatPeriod, formatTime } from '@pacspace/domain';
import type { ShownEntry } from '@pacspace/ledger';
import { receiptIdOf, recordIdOf, writeAmount } from '@pacspace/wire';
import { fingerprintOfEntry } from './entry-hash.js';

/**
 * A recorded delta as JSON: what formatDelta makes of it (held equal by write-delta.test.ts), written at once, since a
 * derive answers with a hundred of them. Ids, hashes, times and canonical decimals need no escaping, and metadata is
 * kept as JSON.
 */
export function writeDelta(customerId: string, entry: ShownEntry): string {
  const { adjustsKey, metadata, occurredAtMs, recordKey, referenceId } = entry;
  return (
    `{"recordId":"${recordIdOf(recordKey)}","receiptId":"${receiptIdOf(recordKey)}","status":"VERIFIED",` +
    `"customerId":"${customerId}","index":${entry.index},${writeAmount('delta', entry.amount)},` +
    `${writeAmount('balanceAfter', entry.balance)},"reason":${JSON.stringify(entry.reason)}` +
    (referenceId === undefined ? '' : `,"referenceId":${JSON.stringify(referenceId)}`) +
    (metadata === undefined ? '' : `,"metadata":${metadata}`) +
    (adjustsKey === undefined ? '' : `,"adjusts":{"recordId":"${recordIdOf(adjustsKey)}"}`) +
    (occurredAtMs === undefined ? '' : `,"occurredAt":"${formatTime(occurredAtMs)}"`) +
    `,"recordedAt":"${formatTime(entry.recordedAtMs)}","period":"${formatPeriod(entry.period)}",` +
    `"late":${entry.late},"fingerprint":"${fingerprintOfEntry(customerId, entry)}"}`
  );
}
