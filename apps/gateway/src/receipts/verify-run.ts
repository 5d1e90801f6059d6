import { formatTime } from '@pacspace/domain';
import {
  countRunSeals,
  formatCheckpointId,
  type LogRange,
  readHead,
  readRunRanges,
  type RunSum,
  type SealRun,
  sumRun,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, equalBytes, HASH_BYTES } from '@pacspace/proof';
import { amountFields } from '@pacspace/wire';
import type pg from 'pg';
import { readSignedHead } from './check-place.js';
import { countOpened, standUnder } from './check-run.js';

/**
 * Leaves of the log that are read for one run: 1–2 s. A run of 100,000 seals made at once has 100,000 of them; one whose
 * seals are strewn over years of a log has 256 a seal.
 */
const MOST_LEAVES = 2_000_000;
/** Leaves hashed between two looks at other work. */
const CHUNK = 4_096;

export interface IndexPage {
  readonly limit: number;
  /** Log index after which the page begins. */
  readonly cursor: number | undefined;
}

/**
 * What the root over several customers' seals commits to. A run is right when its seals are all there, stand in the
 * signed log, are what their leaves are the hashes of, and lead to the run's root, in this order: what is read of a
 * seal has been checked before.
 */
export async function verifyRun(pool: pg.Pool, run: SealRun, page: IndexPage) {
  const ranges = await readRunRanges(pool, run.number);
  const place = await checkRanges(pool, run.logNo, ranges);
  const { stored, changed } = await countRunSeals(pool, run.number);
  // What is not what its leaf says may be anything, and is not summed.
  const sum = changed === 0 ? await sumRun(pool, run.number) : undefined;
  const isWhole = stored === run.count && sum?.entries === run.entries;
  const verified = place.holds && isWhole && equalBytes(await rootOf(sum.leaves), run.root);
  const { indexes, nextCursor } = pageIndexes(ranges, page);
  return {
    verified,
    proofRoot: Buffer.from(run.root).toString('hex'),
    recordedAt: formatTime(run.madeAtMs),
    summary: { recordCount: run.entries, customersCount: run.count, ...(sum && amountsOf(sum)) },
    verification: {
      checkpointId: formatCheckpointId({ logNo: run.logNo, runNo: run.number }),
      state: place.state,
      logIndexes: indexes,
      ...(nextCursor !== undefined && { nextCursor }),
      ...('checkpoint' in place && { checkpoint: place.checkpoint }),
      ...('note' in place && { note: place.note }),
    },
  };
}

async function checkRanges(pool: pg.Pool, logNo: number, ranges: readonly LogRange[]) {
  const head = await readHead(pool, logNo);
  const end = ranges.at(-1)?.end ?? 0;
  if (head === undefined || head.size < end) return { state: 'sealed' as const, holds: false };
  const place = { state: 'published' as const, checkpoint: head.note };
  if (countOpened(ranges) > MOST_LEAVES) {
    const note =
      'its seals are too far apart in the log to be looked through here: verify them by their own roots';
    return { ...place, holds: false, note };
  }
  const { isSigned, root, size } = await readSignedHead(pool, head.note);
  return { ...place, holds: isSigned && (await standUnder(pool, { logNo, ranges }, { root, size })) };
}

async function rootOf(leaves: Buffer): Promise<Uint8Array> {
  const range = CompactRange.empty(sha256);
  for (let at = 0; at < leaves.length; at += HASH_BYTES) {
    range.append(leaves.subarray(at, at + HASH_BYTES));
    if (range.size % CHUNK === 0) await new Promise(setImmediate);
  }
  return range.root();
}

function amountsOf({ opening, closing }: RunSum) {
  return {
    ...amountFields('netChange', closing - opening),
    ...amountFields('startingBalance', opening),
    ...amountFields('endingBalance', closing),
  };
}

function pageIndexes(ranges: readonly LogRange[], { cursor = -1, limit }: IndexPage) {
  const indexes: number[] = [];
  for (const { first, end } of ranges) {
    for (let index = Math.max(first, cursor + 1); index < end; index += 1) {
      if (indexes.length === limit) return { indexes, nextCursor: indexes.at(-1) };
      indexes.push(index);
    }
  }
  return { indexes, nextCursor: undefined };
}
