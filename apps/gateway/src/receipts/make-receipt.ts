import {
  findPeriodSeal,
  findSealLog,
  readCustomer,
  type RecordedEntry,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { parseSeal, type Receipt, verifyReceipt } from '@pacspace/proof';
import { traceIdOf } from '@pacspace/wire';
import type { Reads } from '../reads/reads.js';
import { findDelta, type FoundDelta } from './find-delta.js';
import { proveEntry, provePublication } from './prove.js';
import { toContent, toRecord } from './to-record.js';

/** A receipt, and the seal that it rests on where there is one. */
export interface MadeReceipt {
  readonly receipt: Receipt;
  readonly seal: StoredSeal | undefined;
  /** Of the request that brought the delta; beside the receipt, being ours and not the record's. */
  readonly traceId: string;
}

/**
 * The receipt of one delta, as far as it can be proven now: by the newest period seal that a signed head covers, else by
 * the newest one. It is verified before it is given away: one that is wrong must not leave this process.
 *
 * @throws ApiError NOT_FOUND | UNAVAILABLE; Error when what is stored does not lead to what is sealed.
 */
export async function makeReceipt(
  reads: Reads,
  environmentId: string,
  recordKey: string,
): Promise<MadeReceipt> {
  const found = await findDelta(reads, environmentId, recordKey);
  const made = await assemble(reads, found);
  const { steps } = await verifyReceipt(made.receipt, {
    sha256,
    // Which key is trusted is the reader's to say: the signature stays unchecked here.
    verifySignature: () => false,
    keys: [],
  });
  const wrong = steps.find(({ outcome }) => outcome === 'refused');
  if (wrong !== undefined) throw new Error(`the receipt of ${recordKey} is wrong: ${wrong.sentence}`);
  return made;
}

async function assemble(reads: Reads, found: FoundDelta): Promise<MadeReceipt> {
  if (found.kind === 'accepted') {
    const { delta } = found;
    const traceId = traceIdOf(delta.traceparent);
    return { receipt: { version: 1, ...toContent(delta.customerId, delta) }, seal: undefined, traceId };
  }
  const { pool } = reads;
  const { customerId, entry, environmentId, lane, traceId } = found;
  const recorded: Receipt = { version: 1, ...toRecord(customerId, entry) };
  const { customer } = await readCustomer(pool, { lane, environmentId, customerId });
  const period = customer?.periods.find((one) => one.period === entry.period);
  if (customer === undefined || period === undefined) throw new Error('an entry without its period');
  const of = { customerNo: customer.number, environmentId, entry };
  const stored = await findCoveringSeal(reads, of);
  if (stored === undefined) return { receipt: recorded, seal: undefined, traceId };
  const seal = parseSeal(JSON.parse(stored.body));
  const tree = { customerNo: customer.number, period: entry.period, firstIndex: period.firstIndex };
  const place = { leafIndex: entry.leaf, treeSize: seal.count };
  const entryProof = await proveEntry(pool, { customerId, tree }, place);
  const published = await provePublication(pool, stored);
  return { receipt: { ...recorded, entryProof, seal, ...published }, seal: stored, traceId };
}

async function findCoveringSeal(
  { pool }: Reads,
  of: { readonly customerNo: number; readonly environmentId: string; readonly entry: RecordedEntry },
): Promise<StoredSeal | undefined> {
  const log = await findSealLog(pool, of);
  if (log === undefined) return undefined;
  const { customerNo, entry } = of;
  for (const logSize of [log.publishedSize, log.size]) {
    const seal = await findPeriodSeal(pool, { customerNo, period: entry.period, logSize });
    if (seal !== undefined && seal.count > entry.leaf) return seal;
  }
  return undefined;
}
