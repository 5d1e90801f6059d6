import { listLogKeys, type StoredSeal } from '@pacspace/ledger';
import { sha256, verifySignature } from '@pacspace/node-crypto';
import {
  type Checkpoint,
  fromHex,
  parseCheckpoint,
  parseNote,
  type ProofText,
  type Seal,
  sealLeaf,
  type VerifierKey,
  verifierKeyOf,
  verifyInclusion,
  verifyNote,
} from '@pacspace/proof';
import type pg from 'pg';
import { provePublication } from './prove.js';

/** Where a seal stands. `holds`: it was looked at again, and is what a head signed by the log's key covers. */
export type SealPlace =
  | { readonly state: 'sealed'; readonly holds: false }
  | {
      readonly state: 'published';
      readonly holds: boolean;
      readonly sealProof: ProofText;
      readonly checkpoint: string;
    };

const MOST_KEYS = 100;

/** Checks a seal, as it reads now, against the signed head of its log. */
export async function checkPlace(pool: pg.Pool, stored: StoredSeal, seal: Seal): Promise<SealPlace> {
  const published = await provePublication(pool, stored);
  if (published === undefined) return { state: 'sealed', holds: false };
  const { checkpoint, sealProof } = published;
  const head = await readSignedHead(pool, checkpoint);
  const inclusion = verifyInclusion(sha256, {
    leafHash: sealLeaf(sha256, seal),
    index: stored.logIndex,
    size: head.size,
    hashes: sealProof.hashes.map(fromHex),
    root: head.root,
  });
  const holds = inclusion.ok && head.isSigned && head.origin === seal.origin;
  return { state: 'published', holds, sealProof, checkpoint };
}

/** What a head says, and whether a key of the log that it names has signed it. */
export async function readSignedHead(
  pool: pg.Pool,
  checkpoint: string,
): Promise<Checkpoint & { readonly isSigned: boolean }> {
  const note = parseNote(checkpoint);
  const head = parseCheckpoint(note.text);
  const signature = await verifyNote(note, await readKeys(pool, head.origin), verifySignature);
  return { ...head, isSigned: signature.ok };
}

async function readKeys(pool: pg.Pool, origin: string): Promise<readonly VerifierKey[]> {
  const keys = await listLogKeys(pool, { origin, limit: MOST_KEYS });
  return keys.map(({ publicKey }) => verifierKeyOf(sha256, origin, publicKey));
}
