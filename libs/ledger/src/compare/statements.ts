import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { toOptionalNumber } from '../reads/nullable.js';

export type StatementState = 'arriving' | 'received' | 'reading' | 'ready' | 'refused';

/** A party's own records of a customer, as they were handed in. */
export interface StoredStatement {
  readonly number: number;
  readonly statementId: string;
  readonly environmentId: string;
  readonly customerId: string;
  readonly state: StatementState;
  /** JSON: the scope that it states. */
  readonly scope: string;
  /** JSON: how it is to be read. */
  readonly reading: string;
  /** JSON: what is wrong with it, when refused. */
  readonly problems: string | undefined;
  /** Of the file, as whoever sent it calls it. */
  readonly name: string | undefined;
  readonly receivedAtMs: number;
  readonly readAtMs: number | undefined;
  readonly bytes: number;
  readonly bytesRead: number;
  readonly records: number;
  readonly zeros: number;
  /** Hex, of all its bytes; undefined while they arrive. */
  readonly sha256: string | undefined;
  /** Sum of its records, when they are read. */
  readonly total: Amount | undefined;
}

export type NewStatement = Pick<
  StoredStatement,
  'statementId' | 'environmentId' | 'customerId' | 'scope' | 'reading' | 'name' | 'receivedAtMs'
>;

/** Makes room for a statement whose bytes follow. @returns its number. */
export async function openStatement(pool: pg.Pool, statement: NewStatement): Promise<number> {
  const { statementId, environmentId, customerId, scope, reading, name, receivedAtMs } = statement;
  const { rows } = await pool.query<{ number: number }>(
    `INSERT INTO compare.statement (statement_id, environment_id, customer_id, state, scope, reading, name,
                                    received_at_ms, touched_at_ms)
     VALUES ($1, $2, $3, 'arriving', $4, $5, $6, $7, $7) RETURNING number`,
    [statementId, environmentId, customerId, scope, reading, name ?? null, receivedAtMs],
  );
  return rows[0]?.number ?? 0;
}

export interface StatementChunk {
  readonly statementNo: number;
  /** From 0, without gaps. */
  readonly chunkNo: number;
  /** zstd, by itself. */
  readonly data: Uint8Array;
}

export async function appendChunk(
  pool: pg.Pool,
  { statementNo, chunkNo, data }: StatementChunk,
): Promise<void> {
  await pool.query({
    name: 'append-chunk',
    text: 'INSERT INTO compare.statement_chunk (statement_no, chunk_no, data) VALUES ($1, $2, $3)',
    values: [statementNo, chunkNo, data],
  });
}

/** All its bytes are there. */
export async function completeStatement(
  pool: pg.Pool,
  whole: { readonly number: number; readonly bytes: number; readonly sha256: string; readonly nowMs: number },
): Promise<void> {
  const { number, bytes, sha256, nowMs } = whole;
  const { rowCount } = await pool.query(
    `UPDATE compare.statement SET state = 'received', bytes = $2, sha256 = decode($3, 'hex'), touched_at_ms = $4
      WHERE number = $1 AND state = 'arriving'`,
    [number, bytes, sha256, nowMs],
  );
  if (rowCount !== 1) throw new Error(`statement ${number} is not arriving any more`);
}

/** A statement whose bytes did not all arrive: nothing of it stays. */
export async function dropStatement(pool: pg.Pool, number: number): Promise<void> {
  await pool.query(`DELETE FROM compare.statement WHERE number = $1 AND state = 'arriving'`, [number]);
}

export async function findStatement(
  pool: pg.Pool,
  { environmentId, statementId }: { readonly environmentId: string; readonly statementId: string },
): Promise<StoredStatement | undefined> {
  const { rows } = await pool.query<StatementRow>(
    `SELECT ${STATEMENT_COLUMNS} FROM compare.statement WHERE statement_id = $1 AND environment_id = $2`,
    [statementId, environmentId],
  );
  return rows[0] && toStatement(rows[0]);
}

export async function findStatementByNumber(
  pool: pg.Pool,
  number: number,
): Promise<StoredStatement | undefined> {
  const { rows } = await pool.query<StatementRow>(
    `SELECT ${STATEMENT_COLUMNS} FROM compare.statement WHERE number = $1`,
    [number],
  );
  return rows[0] && toStatement(rows[0]);
}

export interface StatementQuery {
  readonly environmentId: string;
  readonly customerId?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** An environment's statements, the latest first. */
export async function listStatements(pool: pg.Pool, query: StatementQuery): Promise<StoredStatement[]> {
  const { rows } = await pool.query<StatementRow>(
    `SELECT ${STATEMENT_COLUMNS} FROM compare.statement
      WHERE environment_id = $1 AND ($2::text IS NULL OR customer_id = $2)
      ORDER BY number DESC LIMIT $3 OFFSET $4`,
    [query.environmentId, query.customerId ?? null, query.limit, query.offset],
  );
  return rows.map(toStatement);
}

/** The pieces of a statement in their order, a few at a time. */
export async function* readChunks(pool: pg.Pool, statementNo: number): AsyncGenerator<Buffer> {
  for (let next = 0; ;) {
    const { rows } = await pool.query<{ data: Buffer }>({
      name: 'read-chunks',
      text: `SELECT data FROM compare.statement_chunk WHERE statement_no = $1 AND chunk_no >= $2
              ORDER BY chunk_no LIMIT ${CHUNKS_AT_ONCE}`,
      values: [statementNo, next],
    });
    for (const { data } of rows) yield data;
    if (rows.length < CHUNKS_AT_ONCE) return;
    next += rows.length;
  }
}

const CHUNKS_AT_ONCE = 4;

export const STATEMENT_COLUMNS = `number, statement_id, environment_id, customer_id, state, scope, reading, problems, name,
  received_at_ms, read_at_ms, bytes, bytes_read, records, zeros, encode(sha256, 'hex') AS sha256, total`;

export interface StatementRow {
  number: number;
  statement_id: string;
  environment_id: string;
  customer_id: string;
  state: StatementState;
  scope: string;
  reading: string;
  problems: string | null;
  name: string | null;
  received_at_ms: string;
  read_at_ms: string | null;
  bytes: string;
  bytes_read: string;
  records: number;
  zeros: number;
  sha256: string | null;
  total: string | null;
}

export function toStatement(row: StatementRow): StoredStatement {
  return {
    number: row.number,
    statementId: row.statement_id,
    environmentId: row.environment_id,
    customerId: row.customer_id,
    state: row.state,
    scope: row.scope,
    reading: row.reading,
    problems: row.problems ?? undefined,
    name: row.name ?? undefined,
    receivedAtMs: Number(row.received_at_ms),
    readAtMs: toOptionalNumber(row.read_at_ms),
    bytes: Number(row.bytes),
    bytesRead: Number(row.bytes_read),
    records: row.records,
    zeros: row.zeros,
    sha256: row.sha256 ?? undefined,
    total: row.total === null ? undefined : amountFromCanonical(row.total),
  };
}
