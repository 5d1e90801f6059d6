import {
  readHead,
  readLogHashes,
  readPeriodLeaves,
  readPeriodNodes,
  type PeriodTree,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { fetchProof, planInclusion, type ProofText, toHex } from '@pacspace/proof';
import type pg from 'pg';
import { entryLeafHash } from '../reads/entry-hash.js';

/** What shows that a seal stands in the signed log. */
export interface Publication {
  readonly sealProof: ProofText;
  readonly checkpoint: string;
}

/** An entry under its period's seal: some stored nodes, and the leaves of at most two runs of 255 entries. */
export async function proveEntry(
  pool: pg.Pool,
  { customerId, tree }: { readonly customerId: string; readonly tree: PeriodTree },
  place: { readonly leafIndex: number; readonly treeSize: number },
): Promise<ProofText> {
  const plan = planInclusion(place.leafIndex, place.treeSize);
  const hashes = await fetchProof(sha256, plan, async (span) => {
    if (span.level > 0) return await readPeriodNodes(pool, tree, span);
    const entries = await readPeriodLeaves(pool, tree, span);
    return entries.map((entry) => entryLeafHash(customerId, entry));
  });
  return { ...place, hashes: hashes.map(toHex) };
}

/** A seal under the newest head of its log; undefined while none covers it. */
export async function provePublication(pool: pg.Pool, seal: StoredSeal): Promise<Publication | undefined> {
  const { logIndex, logNo } = seal;
  const head = await readHead(pool, logNo);
  if (head === undefined || head.size <= logIndex) return undefined;
  const hashes = await fetchProof(sha256, planInclusion(logIndex, head.size), (span) =>
    readLogHashes(pool, logNo, span),
  );
  const sealProof = { leafIndex: logIndex, treeSize: head.size, hashes: hashes.map(toHex) };
  return { sealProof, checkpoint: head.note };
}
