import { amountFromCanonical, formatTime } from '@pacspace/domain';
import {
  findRun,
  findSealLog,
  findSealsByRoot,
  formatCheckpointId,
  readRecordedTimes,
  type SealRun,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { emptyRoot, equalBytes, parseSeal, ProofError, type Seal } from '@pacspace/proof';
import { amountFields } from '@pacspace/wire';
import type pg from 'pg';
import { checkPlace } from './check-place.js';

/** The seal or the run of seals that a root stands for. */
export type FoundRoot =
  | {
      readonly seal: StoredSeal;
      /** All with this root, that one among them: a month and a window around it may hold the same entries. */
      readonly all: readonly StoredSeal[];
    }
  | { readonly run: SealRun };

/** Undefined: nothing has this root; or it is that of no entries, which many seals have and which tells of none. */
export async function findRoot(pool: pg.Pool, root: Uint8Array): Promise<FoundRoot | undefined> {
  if (equalBytes(root, emptyRoot(sha256))) return undefined;
  const all = await findSealsByRoot(pool, root);
  const [newest] = all;
  if (newest !== undefined) {
    // The same entries may have been sealed again a moment ago; the older seal is in the signed log already.
    const log = await findSealLog(pool, { number: newest.logNo });
    const isPublished = ({ logIndex }: StoredSeal): boolean => logIndex < (log?.publishedSize ?? 0);
    return { seal: all.find(isPublished) ?? newest, all };
  }
  const run = await findRun(pool, { root });
  return run && { run };
}

/**
 * What the root of one customer's seal commits to, and whether that stands in the signed log: computed again from what
 * is stored. Totals only: whoever holds a root may know them; the records are shown to whom the vendor lets see them.
 */
export async function verifySeal(pool: pg.Pool, stored: StoredSeal) {
  const proofRoot = Buffer.from(stored.root).toString('hex');
  const named = { checkpointId: formatCheckpointId(stored), logIndex: stored.logIndex };
  const seal = readBody(stored);
  if (seal === undefined) {
    const note = 'what is stored of it cannot be read: it has been changed';
    return {
      verified: false,
      proofRoot,
      summary: { recordCount: stored.count },
      verification: { ...named, note },
    };
  }
  const { holds, ...place } = await checkPlace(pool, stored, seal);
  return {
    verified: holds && seal.root === proofRoot,
    proofRoot,
    recordedAt: seal.sealedAt,
    summary: { recordCount: seal.count, ...amountsOf(seal), ...(await readEnds(pool, stored, seal)) },
    verification: { ...named, ...place, seal },
  };
}

/** Undefined when it is no seal any more. */
export function readBody({ body }: StoredSeal): Seal | undefined {
  try {
    return parseSeal(JSON.parse(body));
  } catch (error) {
    if (error instanceof ProofError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** When the first and the last of the covered deltas were recorded. */
async function readEnds(pool: pg.Pool, { customerNo }: StoredSeal, { firstIndex, lastIndex }: Seal) {
  if (firstIndex === undefined || lastIndex === undefined) return {};
  const times = await readRecordedTimes(pool, customerNo, [firstIndex, lastIndex]);
  const [first, last] = [times.get(firstIndex), times.get(lastIndex)];
  return {
    firstRecordAt: first === undefined ? null : formatTime(first),
    lastRecordAt: last === undefined ? null : formatTime(last),
  };
}

function amountsOf({ openingBalance, closingBalance }: Seal) {
  const [opening, closing] = [amountFromCanonical(openingBalance), amountFromCanonical(closingBalance)];
  return {
    ...amountFields('netChange', closing - opening),
    ...amountFields('startingBalance', opening),
    ...amountFields('endingBalance', closing),
  };
}
