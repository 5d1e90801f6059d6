import { amountFromCanonical, formatTime } from '@pacspace/domain';
import {
  findRun,
  findSealLog,
  findSealsByRoot,
  formatCheckpointId,
  listRunSeals,
  readRecordedTimes,
  type SealRun,
  type StoredSeal,
} from '@pacspace/ledger';
import { CompactRange, emptyRoot, equalBytes, parseSeal, type Seal, sealLeaf } from '@pacspace/proof';
import { amountFields, ApiError } from '@pacspace/wire';
import type pg from 'pg';
import { sha256Bytes } from '../reads/sha256-bytes.js';
import { checkPlace } from './check-place.js';

/** Seals of one run that a stranger can have looked through. */
export const MOST_SEALS = 200;

/** The seal or the run of seals that a root stands for. */
export type FoundRoot = { readonly seal: StoredSeal } | { readonly run: SealRun };

/** Undefined: nothing has this root; or it is that of no entries, which many seals have and which tells of none. */
export async function findRoot(pool: pg.Pool, root: Uint8Array): Promise<FoundRoot | undefined> {
  if (equalBytes(root, emptyRoot(sha256Bytes))) return undefined;
  const [newest, ...others] = await findSealsByRoot(pool, root);
  if (newest !== undefined) {
    // The same entries may have been sealed again a moment ago; the older seal is in the signed log already.
    const log = await findSealLog(pool, { number: newest.logNo });
    const isPublished = ({ logIndex }: StoredSeal): boolean => logIndex < (log?.publishedSize ?? 0);
    return { seal: [newest, ...others].find(isPublished) ?? newest };
  }
  const run = await findRun(pool, { root });
  return run && { run };
}

/**
 * What a root commits to, and whether that stands in the signed log: computed again from what is stored. Totals only:
 * whoever holds a root may know them; the records are shown to whom the vendor lets see them.
 *
 * @throws ApiError NOT_FOUND
 */
export async function verifyRoot(pool: pg.Pool, root: Uint8Array) {
  const found = await findRoot(pool, root);
  if (found === undefined) throw new ApiError('NOT_FOUND', 'nothing that is sealed has this root');
  return 'seal' in found ? await verifySeal(pool, found.seal) : await verifyRun(pool, found.run);
}

async function verifySeal(pool: pg.Pool, stored: StoredSeal) {
  const seal = parseSeal(JSON.parse(stored.body));
  const { holds, ...place } = await checkPlace(pool, stored);
  return {
    verified: holds,
    proofRoot: Buffer.from(stored.root).toString('hex'),
    recordedAt: seal.sealedAt,
    summary: { recordCount: seal.count, ...sumOf([seal]), ...(await readEnds(pool, stored, seal)) },
    verification: {
      checkpointId: formatCheckpointId(stored),
      logIndex: stored.logIndex,
      ...place,
      seal,
    },
  };
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

/** A run is right when its seals are all there, each stands in the signed log, and they lead to the run's root. */
async function verifyRun(pool: pg.Pool, run: SealRun) {
  const proofRoot = Buffer.from(run.root).toString('hex');
  const answer = { proofRoot, recordedAt: formatTime(run.madeAtMs) };
  const counts = { recordCount: run.entries, customersCount: run.count };
  const checkpointId = formatCheckpointId({ logNo: run.logNo, runNo: run.number });
  if (run.count > MOST_SEALS) {
    const note = `it stands for more than ${MOST_SEALS} seals: verify them one by one, by their own roots`;
    return { verified: false, ...answer, summary: counts, verification: { checkpointId, note } };
  }
  const stored = await listRunSeals(pool, run.number, { limit: MOST_SEALS, offset: 0 });
  const seals = stored.map(({ body }) => parseSeal(JSON.parse(body)));
  let holds = seals.length === run.count && equalBytes(rootOf(seals), run.root);
  for (const one of stored) holds &&= (await checkPlace(pool, one)).holds;
  return {
    verified: holds,
    ...answer,
    summary: { ...counts, ...sumOf(seals) },
    verification: { checkpointId, logIndexes: stored.map(({ logIndex }) => logIndex) },
  };
}

/** Over the seals' leaves in ascending order of customer id; those are ASCII, so code units will do. */
function rootOf(seals: readonly Seal[]): Uint8Array {
  const range = CompactRange.empty(sha256Bytes);
  const inOrder = [...seals].sort((a, b) => (a.customerId < b.customerId ? -1 : 1));
  for (const seal of inOrder) range.append(sealLeaf(sha256Bytes, seal));
  return range.root();
}

function sumOf(seals: readonly Seal[]) {
  const sum = (member: 'openingBalance' | 'closingBalance'): bigint =>
    seals.reduce((total, seal) => total + amountFromCanonical(seal[member]), 0n);
  const [opening, closing] = [sum('openingBalance'), sum('closingBalance')];
  return {
    ...amountFields('netChange', closing - opening),
    ...amountFields('startingBalance', opening),
    ...amountFields('endingBalance', closing),
  };
}
