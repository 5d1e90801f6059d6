import { amountFromCanonical, formatPeriod, formatTime } from '@pacspace/domain';
import {
  formatCheckpointId,
  type FoundRejected,
  hashEntry,
  readEntriesByKey,
  type RecordedEntry,
  readRejected,
  readReports,
  readSeals,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256Hex } from '@pacspace/node-crypto';
import { parseSeal } from '@pacspace/proof';
import type { EventType } from '@pacspace/webhooks';
import { amountFields, receiptIdOf, recordIdOf } from '@pacspace/wire';
import type pg from 'pg';
import { eventKeyOf, type ToldEvent } from './told-event.js';
import type { ToldAt, ToldItem } from './told-items.js';

/** What an item is told as. A seal is told twice: for what it is, and for the receipt that it makes complete. */
export const TYPES_OF: Readonly<Record<ToldItem['kind'], readonly EventType[]>> = {
  verified: ['delta.verified'],
  created: ['customer.created'],
  failed: ['delta.failed'],
  sealed: ['checkpoint.verified', 'receipt.generated'],
  compared: ['customer.compare_run'],
};

/**
 * Reads what is to be said of the items, all of them at once, and says it.
 *
 * @throws Error when the ledger does not hold what was told: it has lost its last commits, and will have it again.
 */
export async function describeItems(
  pool: pg.Pool,
  lane: number,
  told: readonly ToldAt[],
): Promise<ToldEvent[]> {
  const keys: string[] = [];
  const sequences = new Set<number>();
  const seals = new Map<number, number[]>();
  const reportIds: string[] = [];
  for (const { item } of told) {
    if (item.kind === 'verified' || item.kind === 'created') keys.push(item.recordKey);
    if (item.kind === 'failed') sequences.add(item.sequence);
    if (item.kind === 'compared') reportIds.push(item.fact.reportId);
    if (item.kind === 'sealed') {
      const indexes = seals.get(item.logNo);
      if (indexes === undefined) seals.set(item.logNo, [item.logIndex]);
      else indexes.push(item.logIndex);
    }
  }
  const entries = await readEntriesByKey(pool, keys);
  const rejected = new Map<string, FoundRejected>();
  for (const one of await readRejected(pool, lane, [...sequences])) {
    rejected.set(`${one.logSequence}/${one.recordKey}`, one);
  }
  const sealed = new Map<string, StoredSeal>();
  for (const [logNo, indexes] of seals) {
    for (const seal of await readSeals(pool, logNo, indexes)) sealed.set(`${logNo}/${seal.logIndex}`, seal);
  }
  const reports = await readReports(pool, reportIds);

  return told.flatMap(({ item, toldAtMs }) => {
    switch (item.kind) {
      case 'verified':
        return { ...describeDelta(item, need(entries.get(item.recordKey), item)), toldAtMs };
      case 'created':
        return { ...describeCustomer(item, need(entries.get(item.recordKey), item)), toldAtMs };
      case 'failed':
        return {
          ...describeFailure(item, need(rejected.get(`${item.sequence}/${item.recordKey}`), item)),
          toldAtMs,
        };
      case 'sealed':
        return describeSeal(item, need(sealed.get(`${item.logNo}/${item.logIndex}`), item)).map((event) => ({
          ...event,
          toldAtMs,
        }));
      case 'compared':
        return { ...describeComparison(item, need(reports.get(item.fact.reportId), item)), toldAtMs };
    }
  });
}

function need<T>(found: T | undefined, item: ToldItem): T {
  if (found !== undefined) return found;
  throw new Error(`the ledger does not hold yet what was told of it: ${JSON.stringify(item)}`);
}

interface ReportText {
  readonly kind: string;
  readonly body: string;
}

type Described = Omit<ToldEvent, 'toldAtMs'>;
type ItemOf<K extends ToldItem['kind']> = Extract<ToldItem, { readonly kind: K }>;

function describeDelta(item: ItemOf<'verified'>, entry: RecordedEntry): Described {
  const { environmentId, customerId, recordKey } = item;
  const { metadata, referenceId, adjustsKey, occurredAtMs, recordedAtMs } = entry;
  const { fingerprint, leafHash } = hashEntry(customerId, entry, sha256Hex);
  const at = formatTime(recordedAtMs);
  return {
    eventKey: eventKeyOf('delta.verified', recordKey),
    type: 'delta.verified',
    environmentId,
    customerId,
    createdAtMs: recordedAtMs,
    data: {
      recordId: recordIdOf(recordKey),
      receiptId: receiptIdOf(recordKey),
      customerId,
      status: 'VERIFIED',
      ...amountFields('delta', entry.amount),
      amount: amountFields('amount', entry.amount).amountExact,
      ...amountFields('balanceAfter', entry.balance),
      // As /gaps counts: the delta's place among the customer's.
      sequenceNumber: String(entry.index),
      reason: entry.reason,
      referenceId: referenceId ?? null,
      metadata: metadata === undefined ? null : (JSON.parse(metadata) as unknown),
      ...(adjustsKey !== undefined && { adjusts: { recordId: recordIdOf(adjustsKey) } }),
      occurredAt: occurredAtMs === undefined ? at : formatTime(occurredAtMs),
      verifiedAt: at,
      proof: {
        fingerprint,
        index: entry.index,
        entryHash: leafHash,
        period: formatPeriod(entry.period),
        leaf: entry.leaf,
        late: entry.late,
      },
    },
  };
}

function describeCustomer(item: ItemOf<'created'>, entry: RecordedEntry): Described {
  const { environmentId, customerId } = item;
  return {
    eventKey: eventKeyOf('customer.created', environmentId, customerId),
    type: 'customer.created',
    environmentId,
    customerId,
    createdAtMs: entry.recordedAtMs,
    data: {
      customerId,
      customerReference: customerId,
      firstRecordId: recordIdOf(entry.recordKey),
      createdAt: formatTime(entry.recordedAtMs),
    },
  };
}

/** A rejected delta's texts are nowhere: what is kept is that it was rejected, why, and its fingerprint. */
function describeFailure(item: ItemOf<'failed'>, rejected: FoundRejected): Described {
  const { environmentId, customerId, recordKey, sequence } = item;
  return {
    eventKey: eventKeyOf('delta.failed', recordKey, sequence),
    type: 'delta.failed',
    environmentId,
    customerId,
    createdAtMs: rejected.recordedAtMs,
    data: {
      recordId: recordIdOf(recordKey),
      receiptId: receiptIdOf(recordKey),
      customerId,
      status: 'FAILED',
      ...amountFields('delta', rejected.amount),
      amount: amountFields('amount', rejected.amount).amountExact,
      error: { code: rejected.code },
      failedAt: formatTime(rejected.recordedAtMs),
      proof: { fingerprint: rejected.fingerprint },
    },
  };
}

function describeSeal(item: ItemOf<'sealed'>, stored: StoredSeal): Described[] {
  const { environmentId, logNo, logIndex } = item;
  const seal = parseSeal(JSON.parse(stored.body));
  const { customerId, sealedAt, root, period, window } = seal;
  const checkpointId = formatCheckpointId({ logNo, logIndex });
  const scope = {
    ...(period !== undefined && { period }),
    ...(window !== undefined && { startDate: window.from, endDate: window.to }),
  };
  const balances = {
    ...amountFields('openingBalance', amountFromCanonical(seal.openingBalance)),
    ...amountFields('closingBalance', amountFromCanonical(seal.closingBalance)),
  };
  const common = { environmentId, customerId, createdAtMs: Date.parse(sealedAt) };
  const counts = {
    deltasCount: seal.count,
    fromIndex: seal.firstIndex ?? null,
    toIndex: seal.lastIndex ?? null,
  };
  return [
    {
      ...common,
      eventKey: eventKeyOf('checkpoint.verified', logNo, logIndex),
      type: 'checkpoint.verified',
      data: {
        checkpointId,
        customerId,
        proofRoot: root,
        merkleRoot: root,
        status: 'VERIFIED',
        ...scope,
        ...counts,
        ...balances,
        final: seal.final,
        sealedAt,
        verifiedAt: sealedAt,
        proof: { origin: seal.origin, logIndex, leafHash: Buffer.from(stored.leafHash).toString('hex') },
      },
    },
    {
      ...common,
      eventKey: eventKeyOf('receipt.generated', logNo, logIndex),
      type: 'receipt.generated',
      data: {
        customerId,
        ...scope,
        ...counts,
        startingBalance: balances.openingBalance,
        startingBalanceExact: balances.openingBalanceExact,
        finalBalance: balances.closingBalance,
        finalBalanceExact: balances.closingBalanceExact,
        proofRoot: root,
        checkpointId,
        final: seal.final,
        generatedAt: sealedAt,
        receiptPath: `/api/v1/balance/receipt/${customerId}${period === undefined ? '' : `?period=${period}`}`,
        verifyPath: `/api/v1/verify/${root}`,
      },
    },
  ];
}

/** What the report says, without its lists of records: these are read at GET /compare/:reportId. */
function describeComparison({ fact, environmentId }: ItemOf<'compared'>, report: ReportText): Described {
  const { reportId, customerId, madeAtMs } = fact;
  const said = Object.entries(JSON.parse(report.body) as object).filter(([, value]) => !Array.isArray(value));
  return {
    eventKey: eventKeyOf('customer.compare_run', environmentId, reportId),
    type: 'customer.compare_run',
    environmentId,
    customerId: customerId ?? '',
    createdAtMs: madeAtMs,
    data: {
      ...Object.fromEntries(said),
      reportId,
      kind: report.kind,
      ...(customerId !== undefined && { customerId }),
      comparedAt: formatTime(madeAtMs),
      reportPath: `/api/v1/balance/compare/${reportId}`,
    },
  };
}
