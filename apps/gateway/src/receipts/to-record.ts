import { formatAmount, formatPeriod, formatTime, isJsonObject } from '@pacspace/domain';
import type { RecordedEntry } from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import type { Content, Entry, StatementRecord } from '@pacspace/proof';
import { type EnvelopeDelta, metadataHashOf, recordIdOf } from '@pacspace/wire';
import { fingerprintOfEntry } from '../reads/entry-hash.js';

/** What a delta says, from its row or from the log: the same members in both. `amount` is canonical text. */
type Said = Pick<
  EnvelopeDelta,
  'adjustsKey' | 'amount' | 'metadata' | 'occurredAtMs' | 'reason' | 'recordKey' | 'referenceId' | 'salt'
>;

/** A delta's content, and its metadata with the salt of their hash where it has any (docs/spec/proofs.md, "Records"). */
export function toContent(customerId: string, said: Said): Omit<StatementRecord, 'entry'> {
  const { adjustsKey, metadata, occurredAtMs, referenceId, salt } = said;
  const isSalted = metadata !== undefined && salt !== undefined;
  const content: Content = {
    v: 1,
    recordId: recordIdOf(said.recordKey),
    customerId,
    amount: said.amount,
    reason: said.reason,
    ...(referenceId !== undefined && { referenceId }),
    ...(isSalted && { metadataHash: metadataHashOf(salt, metadata, sha256Hex) }),
    ...(adjustsKey !== undefined && { adjusts: recordIdOf(adjustsKey) }),
    ...(occurredAtMs !== undefined && { occurredAt: formatTime(occurredAtMs) }),
  };
  return isSalted ? { content, metadata: toObject(metadata), salt } : { content };
}

/** A recorded delta as it stands in receipts and statements. */
export function toRecord(customerId: string, recorded: RecordedEntry): StatementRecord {
  const entry: Entry = {
    v: 1,
    index: recorded.index,
    fingerprint: fingerprintOfEntry(customerId, recorded),
    balance: formatAmount(recorded.balance),
    period: formatPeriod(recorded.period),
    recordedAt: formatTime(recorded.recordedAtMs),
    ...(recorded.late && { late: true as const }),
  };
  return { ...toContent(customerId, { ...recorded, amount: formatAmount(recorded.amount) }), entry };
}

function toObject(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error('metadata that is not an object was recorded');
  return value;
}
