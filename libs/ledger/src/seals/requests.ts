import type pg from 'pg';
import { bytesArray } from '../array-literal.js';

/** A request with an idempotency key. Both hashes are SHA-256 in hex. */
export interface KeyedRequest {
  readonly keyHash: string;
  /** Of what was asked for: the same key with another body is a conflict. */
  readonly bodyHash: string;
}

/** What a request was answered with: a seal of the log, or a run. */
export type RequestAnswer = { readonly logIndex: number } | { readonly runNo: number };

export interface AnsweredRequest extends KeyedRequest {
  readonly answer: RequestAnswer;
}

/** Those of the keys that have been answered, by key hash. */
export async function findRequests(
  client: pg.Pool | pg.ClientBase,
  logNo: number,
  keyHashes: readonly string[],
): Promise<Map<string, AnsweredRequest>> {
  if (keyHashes.length === 0) return new Map();
  const { rows } = await client.query<RequestRow>(
    `SELECT encode(key_hash, 'hex') AS key_hash, encode(body_hash, 'hex') AS body_hash, log_index, run_no
       FROM seal.request WHERE log_no = $1 AND key_hash = ANY($2::bytea[])`,
    [logNo, bytesArray(keyHashes)],
  );
  return new Map(rows.map((row) => [row.key_hash, toRequest(row)]));
}

interface RequestRow {
  key_hash: string;
  body_hash: string;
  log_index: string | null;
  run_no: number | null;
}

function toRequest(row: RequestRow): AnsweredRequest {
  const { key_hash: keyHash, body_hash: bodyHash, run_no: runNo } = row;
  const answer = runNo === null ? { logIndex: Number(row.log_index) } : { runNo };
  return { keyHash, bodyHash, answer };
}

/** Within the transaction that makes the answer. A key that is there already keeps its first answer. */
export async function insertRequests(
  client: pg.ClientBase,
  logNo: number,
  requests: readonly AnsweredRequest[],
): Promise<void> {
  for (const { keyHash, bodyHash, answer } of requests) {
    await client.query(
      `INSERT INTO seal.request (log_no, key_hash, body_hash, log_index, run_no)
       VALUES ($1, decode($2, 'hex'), decode($3, 'hex'), $4, $5) ON CONFLICT DO NOTHING`,
      [
        logNo,
        keyHash,
        bodyHash,
        'logIndex' in answer ? answer.logIndex : null,
        'runNo' in answer ? answer.runNo : null,
      ],
    );
  }
}
