import { formatPeriod } from '@pacspace/domain';
import { type CustomerFacts, type EntrySelection, pageEntries, type PeriodFacts } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { canonicalize, CompactRange, leafHashOfText } from '@pacspace/proof';
import type pg from 'pg';
import { entryLeafHash } from '../entry-hash.js';
import { READ_LIMITS } from '../limits.js';

/** What was summed, as one hash; or why there is none. */
export type ProvenSelection =
  | { readonly proofRoot: string; readonly proofRootOf: 'periods' | 'entries' }
  | { readonly proofRoot: null; readonly proofRootNote: string };

export interface Proving {
  readonly pool: pg.Pool;
  readonly customerId: string;
  readonly selection: EntrySelection;
  /** Deltas selected. */
  readonly count: number;
  /** True when the caller asked for no scope. */
  readonly unscoped: boolean;
}

/**
 * The RFC 6962 root over what was summed, as docs/spec/derive.md defines it. Everything that a customer has is a tree
 * over its periods' roots; a period's root is kept up by the projector; anything else is a tree over its own entries, which
 * are read and hashed while they are few.
 */
export async function proveSelection(proving: Proving): Promise<ProvenSelection> {
  const { selection, count, unscoped } = proving;
  if (count === 0) return { proofRoot: null, proofRootNote: 'nothing was summed' };
  if (unscoped && count === selection.customer.count) {
    return { proofRoot: toHex(rootOfPeriods(selection.customer)), proofRootOf: 'periods' };
  }
  const [period, ...others] = selection.whole;
  if (period !== undefined && others.length === 0 && selection.partial.length === 0) {
    return { proofRoot: toHex(rootOfPeriod(period)), proofRootOf: 'entries' };
  }
  if (count > READ_LIMITS.provenDeltas) {
    const most = READ_LIMITS.provenDeltas.toLocaleString('en');
    const proofRootNote = `only up to ${most} deltas are hashed at once: ask for a period, or make a checkpoint`;
    return { proofRoot: null, proofRootNote };
  }
  return { proofRoot: toHex(await rootOfEntries(proving)), proofRootOf: 'entries' };
}

function rootOfPeriod({ count, frontier }: PeriodFacts): Uint8Array {
  return CompactRange.frontier(sha256, count, frontier).root();
}

function rootOfPeriods(customer: CustomerFacts): Uint8Array {
  const tree = CompactRange.empty(sha256);
  for (const facts of customer.periods) {
    const { count, period } = facts;
    const leaf = canonicalize({ count, period: formatPeriod(period), root: toHex(rootOfPeriod(facts)) });
    tree.append(leafHashOfText(sha256, leaf));
  }
  return tree.root();
}

/** Hashing a thousand takes about 5 ms; other requests are served between two pages. */
const PAGE = 1_000;

async function rootOfEntries({ pool, customerId, selection, count }: Proving): Promise<Uint8Array> {
  const tree = CompactRange.empty(sha256);
  let rest = selection;
  while (tree.size < count) {
    const entries = await pageEntries(pool, rest, { limit: PAGE });
    const last = entries.at(-1);
    if (last === undefined) throw new Error(`${count} deltas were counted and ${tree.size} found`);
    for (const entry of entries) tree.append(entryLeafHash(customerId, entry));
    rest = { ...rest, fromIndex: last.index + 1 };
  }
  return tree.root();
}

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
