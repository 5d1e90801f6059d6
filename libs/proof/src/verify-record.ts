import { amountUnits } from './amount.js';
import { fromHex } from './bytes.js';
import { fingerprintOf, metadataHash } from './hash-records.js';
import type { Sha256 } from './leaf.js';
import { type Content, type Entry, periodOf, type Seal } from './records.js';
import type { Problem } from './verdict.js';

/** A delta as it is shown in a file. */
export interface ShownRecord {
  readonly content: Content;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly salt?: string;
}

/** When a delta happened. */
function eventTime(content: Content, entry: Entry): string {
  return content.occurredAt ?? entry.recordedAt;
}

/** Shown metadata must be what the fingerprint covers. */
export function metadataProblem(sha256: Sha256, { content, metadata, salt }: ShownRecord): Problem {
  if (metadata === undefined || salt === undefined) return undefined;
  if (content.metadataHash === undefined) return 'Metadata is shown for a record that has none.';
  const hash = metadataHash(sha256, fromHex(salt), metadata);
  return hash === content.metadataHash ? undefined : 'The metadata shown is not that which was recorded.';
}

/** An entry must cover the content, and what it says of period and balance must be possible. */
export function entryProblem(sha256: Sha256, content: Content, entry: Entry): Problem {
  if (fingerprintOf(sha256, content) !== entry.fingerprint) return 'The entry covers another content.';
  const happened = periodOf(eventTime(content, entry));
  if (entry.late === true ? entry.period <= happened : entry.period !== happened) {
    return `A delta of ${happened} cannot count in ${entry.period}${entry.late === true ? ' as late' : ''}.`;
  }
  if (entry.index === 0 && amountUnits(entry.balance) !== amountUnits(content.amount)) {
    return 'The balance after the first delta is not its amount.';
  }
  return undefined;
}

/** A seal must be able to hold the entry at this place: its customer, its scope, its indexes. */
export function scopeProblem(
  seal: Seal,
  record: { readonly content: Content; readonly entry: Entry; readonly place: number },
): Problem {
  const { content, entry, place } = record;
  if (seal.customerId !== content.customerId) return `The seal is for customer ${seal.customerId}.`;
  if (seal.period !== undefined && seal.period !== entry.period) {
    return `The seal is for ${seal.period}, the entry counts in ${entry.period}.`;
  }
  const happened = eventTime(content, entry);
  if (seal.window !== undefined && (happened < seal.window.from || happened >= seal.window.to)) {
    return 'The delta happened outside of the window that is sealed.';
  }
  const { count, firstIndex, lastIndex } = seal;
  if (firstIndex === undefined || lastIndex === undefined) return 'The seal has no entries.';
  // Entries are in the order of their indexes, so `place` of them are smaller and the rest are greater.
  const after = count - 1 - place;
  const first = place === 0 ? entry.index === firstIndex : entry.index >= firstIndex + place;
  const last = after === 0 ? entry.index === lastIndex : entry.index <= lastIndex - after;
  return first && last
    ? undefined
    : `Index ${entry.index} cannot be number ${place + 1} of the seal's ${count}.`;
}

/** The scope of a seal, in words. */
export function scopeText(seal: Seal): string {
  if (seal.window !== undefined) return `from ${seal.window.from} to ${seal.window.to}`;
  if (seal.subset !== undefined) return 'in a chosen set';
  return `of ${seal.period ?? ''}`;
}
