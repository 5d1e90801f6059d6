import {
  type AccessToken,
  findSealLog,
  pageEntries,
  readCustomer,
  type RecordedEntry,
  selectEntries,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes, type Receipt, type Seal } from '@pacspace/proof';
import { entryLeafHash } from '../reads/entry-hash.js';
import { formatDelta } from '../reads/format-delta.js';
import type { Reads } from '../reads/reads.js';
import { coverOf, MOST_RECORDS, type SealedCustomer } from './make-statement.js';
import { showsSeal } from './presented-token.js';
import { readBody } from './verify-root.js';
import type { IndexPage } from './verify-run.js';

/** Entries hashed between two looks at other work: some 10 ms. */
const CHUNK = 1_000;

/** A seal whose records the holder of a token may see, and whose it is. */
export interface ShownSeal extends SealedCustomer {
  readonly stored: StoredSeal;
  readonly seal: Seal;
}

/**
 * Undefined: the token is for something else, nobody kept which records these are (a chosen subset), or what is stored is
 * no seal any more.
 */
export async function openSeal(
  reads: Reads,
  stored: StoredSeal,
  token: AccessToken,
): Promise<ShownSeal | undefined> {
  const { environmentId } = token;
  const log = await findSealLog(reads.pool, { number: stored.logNo });
  const seal = readBody(stored);
  const isOwn = log?.environmentId === environmentId && seal !== undefined && showsSeal(token, seal);
  if (!isOwn || seal.subset !== undefined) return undefined;
  const { customerId } = seal;
  const lane = reads.laneOf(environmentId, customerId);
  const { customer } = await readCustomer(reads.pool, { lane, environmentId, customerId });
  return customer && { environmentId, customerId, customer, stored, seal };
}

/**
 * A page of the records under a seal, in the order of their indexes. `proven`: all of them together have the root that
 * was sealed; null where they are too many to be hashed for a page: a receipt proves each of them.
 */
export async function pageRecords({ pool }: Pick<Reads, 'pool'>, shown: ShownSeal, page: IndexPage) {
  const { customer, customerId, seal, stored } = shown;
  const selection = selectEntries(customer, coverOf(seal));
  const { limit, cursor = -1 } = page;
  const rest = { ...selection, fromIndex: Math.max(selection.fromIndex, cursor + 1) };
  const isSmall = stored.count <= MOST_RECORDS;
  const all = isSmall ? await pageEntries(pool, selection, { limit: MOST_RECORDS + 1 }) : undefined;
  const found =
    all?.filter(({ index }) => index >= rest.fromIndex).slice(0, limit + 1) ??
    (await pageEntries(pool, rest, { limit: limit + 1 }));
  const items = found.slice(0, limit);
  const root = all && (await rootOf(customerId, all));
  return {
    proven: root === undefined ? null : equalBytes(root, stored.root),
    items: items.map((entry) => formatDelta(customerId, entry)),
    ...(found.length > limit && { nextCursor: items.at(-1)?.index }),
  };
}

async function rootOf(customerId: string, entries: readonly RecordedEntry[]): Promise<Uint8Array> {
  const tree = CompactRange.empty(sha256);
  for (const entry of entries) {
    tree.append(entryLeafHash(customerId, entry));
    if (tree.size % CHUNK === 0) await new Promise(setImmediate);
  }
  return tree.root();
}

/** Whether a seal covers the delta of a receipt; of its customer the caller has made sure. */
export function isCovered({ period, window, lastIndex = -1 }: Seal, { content, entry }: Receipt): boolean {
  if (entry === undefined) return false;
  if (window === undefined) return entry.period === period && entry.index <= lastIndex;
  const happenedAt = Date.parse(content.occurredAt ?? entry.recordedAt);
  return (
    entry.index < window.asOf && happenedAt >= Date.parse(window.from) && happenedAt < Date.parse(window.to)
  );
}
