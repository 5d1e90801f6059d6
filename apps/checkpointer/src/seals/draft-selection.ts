import { type Amount, formatAmount } from '@pacspace/domain';
import {
  type CustomerFacts,
  type EntrySelection,
  hashEntry,
  pageEntries,
  type RecordedEntry,
  selectEntries,
  sumEntries,
} from '@pacspace/ledger';
import { sha256, sha256Hex, toHex } from '@pacspace/node-crypto';
import { CompactRange, fromHex, selectionRoot } from '@pacspace/proof';
import type pg from 'pg';
import { Refused } from '../refused.js';
import type { SealDraft } from './seal-draft.js';

/** Entries that are read and hashed for one seal, about 10 µs each. A period is not: its tree is there already. */
export const MOST_ENTRIES = 1_000_000;

/** Hashing a page takes about 5 ms; other work is done between two of them. */
const PAGE = 1_000;

export interface Selecting {
  readonly pool: pg.Pool;
  readonly customerId: string;
  readonly customer: CustomerFacts;
}

/** The seal of what happened in a window of time, whenever it was recorded. @throws Refused SCOPE_TOO_WIDE */
export async function draftWindow(
  selecting: Selecting,
  window: { readonly fromMs: number; readonly toMs: number },
): Promise<SealDraft> {
  const { pool, customer, customerId } = selecting;
  const selection = selectEntries(customer, window);
  const { count, net } = await sumEntries(pool, selection);
  assertNotTooMany(count);
  const { net: opening } = await sumEntries(pool, selectEntries(customer, { toMs: window.fromMs }));
  const tree = new SelectedTree();
  for await (const page of pagesOf(pool, selection)) {
    for (const entry of page) tree.add(entry, hashEntry(customerId, entry, sha256Hex).leafHash);
  }
  if (tree.count !== count || tree.net !== net) {
    throw new Error(`customer ${customer.number}: ${count} entries were summed and ${tree.count} read`);
  }
  return { ...identify(selecting), ...tree.finish(opening), scope: { kind: 'window', ...window } };
}

/** The seal of chosen deltas. @throws Refused VALIDATION_FAILED for a fingerprint that the customer has no delta of. */
export async function draftSubset(selecting: Selecting, fingerprints: readonly string[]): Promise<SealDraft> {
  const { pool, customer, customerId } = selecting;
  assertNotTooMany(customer.count);
  const missing = new Set(fingerprints);
  const fingerprintsRoot = toHex(selectionRoot(sha256, missing));
  const tree = new SelectedTree();
  for await (const page of pagesOf(pool, selectEntries(customer, {}))) {
    for (const entry of page) {
      const { fingerprint, leafHash } = hashEntry(customerId, entry, sha256Hex);
      if (missing.delete(fingerprint)) tree.add(entry, leafHash);
    }
    if (missing.size === 0) break;
  }
  const [first] = missing;
  if (first !== undefined) {
    const message = `${missing.size} of the fingerprints are not those of a delta of the customer, the first is ${first}`;
    throw new Refused('VALIDATION_FAILED', message);
  }
  return { ...identify(selecting), ...tree.finish(0n), scope: { kind: 'subset', fingerprintsRoot } };
}

function identify({ customer, customerId }: Selecting) {
  return { customerNo: customer.number, customerId, final: false, asOf: customer.count };
}

function assertNotTooMany(count: number): void {
  if (count <= MOST_ENTRIES) return;
  const most = MOST_ENTRIES.toLocaleString('en');
  throw new Refused(
    'SCOPE_TOO_WIDE',
    `${count.toLocaleString('en')} deltas would have to be read, ${most} are at most: seal whole periods instead`,
  );
}

async function* pagesOf(pool: pg.Pool, selection: EntrySelection): AsyncGenerator<RecordedEntry[]> {
  for (let rest = selection; ;) {
    const entries = await pageEntries(pool, rest, { limit: PAGE });
    const last = entries.at(-1);
    if (last === undefined) return;
    yield entries;
    rest = { ...rest, fromIndex: last.index + 1 };
  }
}

/** The tree of entries that are selected one by one, in the order of their indexes. */
class SelectedTree {
  net: Amount = 0n;
  private readonly range = CompactRange.empty(sha256);
  private firstIndex: number | undefined;
  private lastIndex: number | undefined;

  get count(): number {
    return this.range.size;
  }

  add({ index, amount }: RecordedEntry, leafHash: string): void {
    this.range.append(fromHex(leafHash));
    this.net += amount;
    this.firstIndex ??= index;
    this.lastIndex = index;
  }

  finish(opening: Amount) {
    const { count, firstIndex, lastIndex } = this;
    const amounts = { opening: formatAmount(opening), closing: formatAmount(opening + this.net) };
    return { count, firstIndex, lastIndex, ...amounts, root: this.range.root() };
  }
}
