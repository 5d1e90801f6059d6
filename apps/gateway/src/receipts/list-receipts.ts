import { formatPeriod, formatTime, type Period } from '@pacspace/domain';
import {
  type CustomerFacts,
  findPeriodSeal,
  findSealLog,
  pageEntries,
  type RecordedEntry,
  selectEntries,
} from '@pacspace/ledger';
import type { ReceiptState } from '@pacspace/proof';
import { amountFields, receiptIdOf, recordIdOf } from '@pacspace/wire';
import type pg from 'pg';

/** The receipts of a customer's newest deltas, and how far each goes. */
export async function listReceipts(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly customer: CustomerFacts },
  limit: number,
) {
  const { customer, environmentId } = of;
  const entries = await pageEntries(pool, selectEntries(customer, {}), { limit, newestFirst: true });
  const periods = new Set(entries.map(({ period }) => period));
  const covers = await readCovers(pool, { environmentId, customerNo: customer.number }, periods);
  return entries.map((entry) => ({
    receiptId: receiptIdOf(entry.recordKey),
    recordId: recordIdOf(entry.recordKey),
    index: entry.index,
    ...amountFields('delta', entry.amount),
    ...amountFields('balanceAfter', entry.balance),
    reason: entry.reason,
    period: formatPeriod(entry.period),
    recordedAt: formatTime(entry.recordedAtMs),
    receiptState: stateOf(entry, covers.get(entry.period)),
  }));
}

/** How many of a period's leaves its newest published seal covers, and its newest one. */
interface Cover {
  readonly published: number;
  readonly sealed: number;
}

async function readCovers(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly customerNo: number },
  periods: ReadonlySet<Period>,
): Promise<Map<Period, Cover>> {
  const log = await findSealLog(pool, of);
  if (log === undefined) return new Map();
  const countOf = async (period: Period, logSize: number): Promise<number> =>
    (await findPeriodSeal(pool, { customerNo: of.customerNo, period, logSize }))?.count ?? 0;
  const covers = new Map<Period, Cover>();
  for (const period of periods) {
    const published = await countOf(period, log.publishedSize);
    covers.set(period, { published, sealed: await countOf(period, log.size) });
  }
  return covers;
}

function stateOf({ leaf }: RecordedEntry, cover: Cover | undefined): ReceiptState {
  if (cover === undefined || leaf >= cover.sealed) return 'recorded';
  return leaf < cover.published ? 'published' : 'sealed';
}
