import { amountFromCanonical } from '@pacspace/domain';
import {
  type EntrySelection,
  type EntrySum,
  narrowSelection,
  pageEntries,
  pageShownEntries,
  readCustomer,
  type ShownEntry,
  sumEntries,
} from '@pacspace/ledger';
import { amountFields, receiptIdOf } from '@pacspace/wire';
import type { Principal } from '../../auth/principal.js';
import type { AnsweredPosition, Reads } from '../reads.js';
import { unknownCustomer } from '../unknown-customer.js';
import { writeDelta } from '../write-delta.js';
import { readBreakdown } from './break-down.js';
import type { DeriveQuery } from './parse-derive-query.js';
import { proveSelection } from './prove-selection.js';
import { describeScope, resolveScope } from '@pacspace/reads';

export interface DeriveRequest {
  readonly principal: Principal;
  readonly customerId: string;
  readonly query: DeriveQuery;
}

/** The answer to a derive. */
export interface Derived {
  /** All of it but `deltas`. */
  readonly facts: object;
  /** A page of them, each as JSON. */
  readonly deltas: readonly string[];
}

/** GET /derive: a customer's balance from its recorded deltas. @throws ApiError */
export async function deriveBalance(reads: Reads, request: DeriveRequest): Promise<Derived> {
  const { query } = request;
  const { scope, asOfMs, granularity, groupBy } = query;
  const isTotal = scope.kind === 'all' && asOfMs === undefined;
  const isPlain = granularity === undefined && groupBy === undefined;
  return query.view === 'totals' && isTotal && isPlain
    ? await deriveTotals(reads, request)
    : await deriveScope(reads, request);
}

/** Count, balance and latest record of everything: what the cache knows, or else the customer's row. */
async function deriveTotals(reads: Reads, { principal, customerId, query }: DeriveRequest): Promise<Derived> {
  const { environmentId } = principal;
  const lane = reads.laneOf(environmentId, customerId);
  const of = { lane, environmentId, customerId };
  const { value, position } = await reads.ofLane(lane, query.consistency, async (isEnough) => {
    const cached = await reads.cache.find(of);
    if (cached?.balance !== undefined) {
      const { sequence, envelopes } = cached;
      const { count, balance, lastRecordKey } = cached.balance;
      const at = { lane, sequence, envelopes };
      if (isEnough(at)) {
        return { position: at, totals: { count, net: amountFromCanonical(balance), lastRecordKey } };
      }
    }
    const { customer, position: at } = await readCustomer(reads.pool, of);
    return { position: at, totals: customer && { ...customer, net: customer.balance } };
  });
  const { totals } = value;
  if (totals === undefined) throw unknownCustomer(customerId, query.consistency, position);
  const { lastRecordKey } = totals;
  return { facts: formatTotals({ customerId, query, position, sum: totals, lastRecordKey }), deltas: [] };
}

async function deriveScope(reads: Reads, { principal, customerId, query }: DeriveRequest): Promise<Derived> {
  const { environmentId } = principal;
  const lane = reads.laneOf(environmentId, customerId);
  const { value, position } = await reads.ofLane(lane, query.consistency, () =>
    readCustomer(reads.pool, { lane, environmentId, customerId }),
  );
  const { customer } = value;
  if (customer === undefined) throw unknownCustomer(customerId, query.consistency, position);

  const { pool } = reads;
  const wanted = await resolveScope(pool, customer, query);
  const isLarge = wanted.partial.length > 0 && !wanted.contiguous;
  const sum = isLarge
    ? await reads.large.run(() => sumEntries(pool, wanted))
    : await sumEntries(pool, wanted);
  const selection = narrowSelection(wanted, sum);
  const breakdown = await readBreakdown(reads, selection, query);
  const lastRecordKey = await findLast(reads, selection);
  const totals = formatTotals({ customerId, query, position, sum, lastRecordKey });
  const parts = breakdown === undefined ? {} : { breakdown };
  if (query.view === 'totals') return { facts: { ...totals, ...parts }, deltas: [] };

  const page = await readPage(reads, selection, query);
  const unscoped = query.scope.kind === 'all';
  const proven = await proveSelection({ pool, customerId, selection, count: sum.count, unscoped });
  const pagination = {
    limit: query.limit,
    ...(query.cursor === undefined && { offset: query.offset }),
    total: sum.count,
    nextCursor: page.nextCursor,
  };
  return {
    facts: { ...totals, pagination, ...proven, ...parts },
    deltas: page.entries.map((entry) => writeDelta(customerId, entry)),
  };
}

interface Totals {
  readonly customerId: string;
  readonly query: DeriveQuery;
  readonly position: AnsweredPosition;
  readonly sum: Pick<EntrySum, 'count' | 'net'>;
  readonly lastRecordKey: string | undefined;
}

function formatTotals({ customerId, query, position, sum, lastRecordKey }: Totals) {
  return {
    customerId,
    ...amountFields('computedBalance', query.startingBalance + sum.net),
    ...amountFields('startingBalance', query.startingBalance),
    ...amountFields('netChange', sum.net),
    deltasCount: sum.count,
    deltaCount: sum.count,
    latestReceiptId: lastRecordKey === undefined ? null : receiptIdOf(lastRecordKey),
    scope: describeScope(query),
    position,
    view: query.view,
  };
}

/** A narrowed selection ends with its last delta. */
async function findLast(reads: Reads, { customer, ...range }: EntrySelection): Promise<string | undefined> {
  if (range.fromIndex === range.toIndex) return undefined;
  if (range.toIndex === customer.count) return customer.lastRecordKey;
  const last = { ...range, customer, fromIndex: range.toIndex - 1 };
  const [entry] = await pageEntries(reads.pool, last, { limit: 1 });
  return entry?.recordKey;
}

async function readPage(
  reads: Reads,
  selection: EntrySelection,
  { limit, offset, cursor }: DeriveQuery,
): Promise<{ readonly entries: ShownEntry[]; readonly nextCursor: string | null }> {
  const rest = cursor === undefined ? selection : afterIndex(selection, cursor);
  // One more than asked for tells whether there is a next page.
  const found = await pageShownEntries(reads.pool, rest, { limit: limit + 1, offset });
  const entries = found.slice(0, limit);
  const last = entries.at(-1);
  return { entries, nextCursor: found.length > limit && last !== undefined ? String(last.index) : null };
}

function afterIndex(selection: EntrySelection, index: number): EntrySelection {
  return { ...selection, fromIndex: Math.min(selection.toIndex, Math.max(selection.fromIndex, index + 1)) };
}
