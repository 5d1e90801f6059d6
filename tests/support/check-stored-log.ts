import { createHash, createPublicKey, verify } from 'node:crypto';
import { findSealLog, listHeads, listLogKeys, type SealLog } from '@pacspace/ledger';
import {
  type Checkpoint,
  parseCheckpoint,
  parseNote,
  parseSeal,
  type Seal,
  type Sha256,
  verifierKeyOf,
  verifyNote,
  type VerifySignature,
} from '@pacspace/proof';
import type pg from 'pg';

export const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const verifyEd25519: VerifySignature = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

/** RFC 6962 §2.1, word for word, on plain hashing. */
export function naiveRoot(leaves: readonly Uint8Array[]): Buffer {
  const digest = (...parts: readonly Uint8Array[]): Buffer => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const rootOf = (from: number, to: number): Buffer => {
    if (to - from === 1) return Buffer.from(leaves[from]!);
    let split = 1;
    while (split * 2 < to - from) split *= 2;
    return digest(Buffer.of(1), rootOf(from, from + split), rootOf(from + split, to));
  };
  return leaves.length === 0 ? digest() : rootOf(0, leaves.length);
}

export function naiveLeaf(entry: Uint8Array): Buffer {
  return createHash('sha256').update(Buffer.of(0)).update(entry).digest();
}

export interface CheckedLog {
  readonly log: SealLog;
  readonly seals: readonly Seal[];
  readonly heads: readonly Checkpoint[];
}

/**
 * Holds everything that is stored of a log against its entries, computed the slow way, and throws at the first thing
 * that is not so: no gap, no double, every leaf its entry's, the frontier and the stored nodes those of the leaves, every
 * head signed and the root of a prefix, every customer's seals of a period longer and longer.
 */
export async function checkStoredLog(pool: pg.Pool, environmentId: string): Promise<CheckedLog> {
  const log = await findSealLog(pool, { environmentId });
  assert(log !== undefined, `there is no log of ${environmentId}`);
  const { rows } = await pool.query<{ log_index: string; body: string; leaf_hash: Buffer; root: Buffer }>(
    'SELECT log_index, body, leaf_hash, root FROM seal.seal WHERE log_no = $1 ORDER BY log_index',
    [log.number],
  );
  assert(rows.length === log.size, `${rows.length} seals are stored, and the size is ${log.size}`);
  const seals = rows.map((row, i) => {
    assert(Number(row.log_index) === i, `log index ${row.log_index} stands at ${i}`);
    assert(naiveLeaf(Buffer.from(row.body)).equals(row.leaf_hash), `leaf ${i} is not its entry's`);
    const seal = parseSeal(JSON.parse(row.body));
    assert(seal.root === row.root.toString('hex'), `seal ${i} is stored with another root`);
    assert(seal.origin === log.origin, `seal ${i} is for another log`);
    return seal;
  });
  const leaves = rows.map((row) => row.leaf_hash);
  await checkTree(pool, log, leaves);
  checkPrefixes(seals);
  return { log, seals, heads: await checkHeads(pool, log, leaves) };
}

async function checkTree(pool: pg.Pool, log: SealLog, leaves: readonly Uint8Array[]): Promise<void> {
  const frontier: Buffer[] = [];
  let at = 0;
  for (let bit = 2 ** 40; bit >= 1; bit /= 2) {
    if (Math.floor(log.size / bit) % 2 === 0) continue;
    frontier.push(naiveRoot(leaves.slice(at, at + bit)));
    at += bit;
  }
  assert(Buffer.concat(frontier).equals(log.frontier), 'the frontier is not that of the leaves');
  const { rows } = await pool.query<{ level: number; node_index: string; hash: Buffer }>(
    'SELECT level, node_index, hash FROM seal.node WHERE log_no = $1 ORDER BY level, node_index',
    [log.number],
  );
  const expected = [];
  for (let level = 8; log.size >= 2 ** level; level += 8) {
    for (let index = 0; (index + 1) * 2 ** level <= log.size; index += 1) {
      const hash = naiveRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level));
      expected.push(`${level}/${index} ${hash.toString('hex')}`);
    }
  }
  const stored = rows.map((row) => `${row.level}/${row.node_index} ${row.hash.toString('hex')}`);
  assert(stored.join() === expected.join(), 'the stored nodes are not those of the leaves');
}

function checkPrefixes(seals: readonly Seal[]): void {
  const latest = new Map<string, Seal>();
  let sealedAt = '';
  for (const seal of seals) {
    assert(seal.sealedAt >= sealedAt, 'a later seal has an earlier time');
    sealedAt = seal.sealedAt;
    if (seal.period === undefined) continue;
    const name = `${seal.customerId} ${seal.period}`;
    const before = latest.get(name);
    const isLonger =
      before === undefined ||
      (!before.final && (seal.count > before.count || (seal.final && seal.count === before.count)));
    assert(isLonger, `${name} is sealed again with nothing new`);
    latest.set(name, seal);
  }
}

async function checkHeads(pool: pg.Pool, log: SealLog, leaves: readonly Uint8Array[]): Promise<Checkpoint[]> {
  const keys = (await listLogKeys(pool, { origin: log.origin, limit: 100 })).map(({ publicKey }) =>
    verifierKeyOf(sha256, log.origin, publicKey),
  );
  const heads: Checkpoint[] = [];
  for (const { size, note } of await listHeads(pool, log.number, { after: 0, limit: 100_000 })) {
    const parsed = parseNote(note);
    assert((await verifyNote(parsed, keys, verifyEd25519)).ok, `the head of size ${size} does not verify`);
    const head = parseCheckpoint(parsed.text);
    assert(head.origin === log.origin && head.size === size, `the head of size ${size} says something else`);
    assert(naiveRoot(leaves.slice(0, size)).equals(head.root), `the head of size ${size} has another root`);
    heads.push(head);
  }
  assert((heads.at(-1)?.size ?? 0) === log.publishedSize, 'the last head is not the published size');
  return heads;
}

function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}
