import { copyBytes, copyRows, copyText } from '../copy-text.js';
import { LedgerError } from '../errors.js';
import type { LogLease } from './log-lease.js';
import { type AnsweredRequest, insertRequests } from './requests.js';

/** A seal as it stands in the log. Hashes are hex. */
export interface SealRow {
  readonly logIndex: number;
  readonly customerNo: number;
  /** See scopeOfPeriod, scopeOfWindow and scopeOfSubset. */
  readonly scope: string;
  /** Entries covered. */
  readonly count: number;
  readonly final: boolean;
  /** Of the tree of the entries covered. */
  readonly root: string;
  /** Of the seal itself, in the log's tree. */
  readonly leafHash: string;
  /** Canonical JSON. */
  readonly body: string;
}

/** A subtree root of the log's tree, at level 8, 16, … */
export interface LogNodeRow {
  readonly level: number;
  readonly index: number;
  readonly hash: string;
}

export interface SealAppend {
  readonly fromSize: number;
  /** After it: fromSize plus the number of seals. */
  readonly size: number;
  readonly frontier: string;
  readonly sealedAtMs: number;
  readonly seals: readonly SealRow[];
  readonly nodes: readonly LogNodeRow[];
  /** Answered by these seals, or by earlier ones. */
  readonly requests: readonly AnsweredRequest[];
}

/**
 * Adds seals to a log, and the nodes of its tree that become complete by it: one transaction, or nothing of it. The
 * size moves first, and only from where the writer found it. Whoever finds it elsewhere has been replaced and must
 * stand down; the row lock holds a second writer back until this transaction ends.
 *
 * @throws LedgerError FENCED
 */
export async function appendSeals(lease: LogLease, append: SealAppend): Promise<void> {
  const { logNo } = lease;
  await lease.transaction(async (client) => {
    const { rowCount } = await client.query(
      `UPDATE seal.log SET size = $3, frontier = decode($4, 'hex'), sealed_at_ms = $5 WHERE number = $1 AND size = $2`,
      [logNo, append.fromSize, append.size, append.frontier, append.sealedAtMs],
    );
    if (rowCount !== 1) {
      const message = `log ${logNo} is no longer of size ${append.fromSize}: another writer has it`;
      throw new LedgerError('FENCED', message);
    }
    await copyRows(
      client,
      SEAL_TARGET,
      inChunks(append.seals, (seal) => sealLine(logNo, seal)),
    );
    await copyRows(
      client,
      NODE_TARGET,
      inChunks(append.nodes, (node) => nodeLine(logNo, node)),
    );
    await insertRequests(client, logNo, append.requests);
  });
}

const SEAL_TARGET = 'seal.seal (log_no, log_index, customer_no, scope, count, final, root, leaf_hash, body)';

function sealLine(logNo: number, seal: SealRow): string {
  return (
    `${logNo}\t${seal.logIndex}\t${seal.customerNo}\t${seal.scope}\t${seal.count}\t${seal.final ? 't' : 'f'}\t` +
    `${copyBytes(seal.root)}\t${copyBytes(seal.leafHash)}\t${copyText(seal.body)}\n`
  );
}

const NODE_TARGET = 'seal.node (log_no, level, node_index, hash)';

function nodeLine(logNo: number, node: LogNodeRow): string {
  return `${logNo}\t${node.level}\t${node.index}\t${copyBytes(node.hash)}\n`;
}

/** Lines are joined into pieces of about this many characters: one write each, none of them large. */
const CHUNK_LENGTH = 256 * 1024;

function inChunks<T>(rows: readonly T[], toLine: (row: T) => string): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const row of rows) {
    chunk += toLine(row);
    if (chunk.length < CHUNK_LENGTH) continue;
    chunks.push(chunk);
    chunk = '';
  }
  if (chunk !== '') chunks.push(chunk);
  return chunks;
}
