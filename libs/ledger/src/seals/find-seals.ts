import { formatPeriod, type Period } from '@pacspace/domain';
import type pg from 'pg';
import { nameArray, plainArray } from '../array-literal.js';

/** A seal of a log. */
export interface StoredSeal {
  readonly logNo: number;
  readonly logIndex: number;
  readonly customerNo: number;
  /** See parseScope. */
  readonly scope: string;
  /** Entries covered. */
  readonly count: number;
  readonly final: boolean;
  readonly root: Uint8Array;
  readonly leafHash: Uint8Array;
  /** The canonical JSON of the seal record (docs/spec/proofs.md): what the leaf is the hash of. */
  readonly body: string;
}

const COLUMNS =
  's.log_no, s.log_index, s.customer_no, s.scope, s.count, s.final, s.root, s.leaf_hash, s.body';

export async function readSeal(
  pool: pg.Pool,
  logNo: number,
  logIndex: number,
): Promise<StoredSeal | undefined> {
  const { rows } = await pool.query<SealRecord>(
    `SELECT ${COLUMNS} FROM seal.seal s WHERE s.log_no = $1 AND s.log_index = $2`,
    [logNo, logIndex],
  );
  return rows[0] && toStoredSeal(rows[0]);
}

/** What is sealed of a customer in a scope so far. */
export type LatestSeal = Omit<StoredSeal, 'body'>;

/**
 * The last seal under each of the names, by its place among them; absent where there is none. A customer's seals are all
 * in one log: to name it within the look-up would only offer the planner a second index, of which it knows nothing while
 * a log is growing fast (71 s instead of one for 100,000 customers).
 */
export async function findLatestSeals(
  client: pg.Pool | pg.ClientBase,
  logNo: number,
  names: readonly { readonly customerNo: number; readonly scope: string }[],
): Promise<Map<number, LatestSeal>> {
  if (names.length === 0) return new Map();
  const { rows } = await client.query<SealRecord & { place: string }>(
    `SELECT v.place, s.*
       FROM unnest($2::int4[], $3::text[]) WITH ORDINALITY AS v (customer_no, scope, place)
      CROSS JOIN LATERAL (
            SELECT log_no, log_index, customer_no, scope, count, final, root, leaf_hash FROM seal.seal
             WHERE customer_no = v.customer_no AND scope = v.scope ORDER BY log_index DESC LIMIT 1) s
      WHERE s.log_no = $1`,
    [
      logNo,
      plainArray(names.map(({ customerNo }) => customerNo)),
      nameArray(names.map(({ scope }) => scope)),
    ],
  );
  return new Map(rows.map((row) => [Number(row.place) - 1, toStoredSeal(row)]));
}

/**
 * The period seal that proves an entry: the last one below `logSize` (the log's size for any, the published one for
 * what is in a signed head). It covers the entry when its count is above the entry's leaf number.
 */
export async function findPeriodSeal(
  pool: pg.Pool,
  of: { readonly customerNo: number; readonly period: Period; readonly logSize: number },
): Promise<StoredSeal | undefined> {
  const { rows } = await pool.query<SealRecord>({
    name: 'find-period-seal',
    text: `SELECT ${COLUMNS} FROM seal.seal s
            WHERE s.customer_no = $1 AND s.scope = $2 AND s.log_index < $3 ORDER BY s.log_index DESC LIMIT 1`,
    values: [of.customerNo, formatPeriod(of.period), of.logSize],
  });
  return rows[0] && toStoredSeal(rows[0]);
}

/** The last seal of any scope. Not by its log, too: see findLatestSeals. */
export async function findLastSeal(pool: pg.Pool, customerNo: number): Promise<StoredSeal | undefined> {
  const { rows } = await pool.query<SealRecord>({
    name: 'find-last-seal',
    text: `SELECT ${COLUMNS} FROM seal.seal s WHERE s.customer_no = $1 ORDER BY s.log_index DESC LIMIT 1`,
    values: [customerNo],
  });
  return rows[0] && toStoredSeal(rows[0]);
}

/** Seals with this root, the latest first: a period may have been sealed again, finally, with nothing new in it. */
export async function findSealsByRoot(pool: pg.Pool, root: Uint8Array, limit = 10): Promise<StoredSeal[]> {
  const { rows } = await pool.query<SealRecord>(
    `SELECT ${COLUMNS} FROM seal.seal s WHERE s.root = $1 ORDER BY s.log_no, s.log_index DESC LIMIT $2`,
    [root, limit],
  );
  return rows.map(toStoredSeal);
}

export interface SealQuery {
  readonly customerNo?: number | undefined;
  readonly scope?: string | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** A log's seals, the latest first. */
export async function listSeals(pool: pg.Pool, logNo: number, query: SealQuery): Promise<StoredSeal[]> {
  const { text, values } = whereListed(logNo, query);
  const { rows } = await pool.query<SealRecord>(
    `SELECT ${COLUMNS} FROM seal.seal s WHERE ${text} ORDER BY s.log_index DESC LIMIT $${values.length + 1}
     OFFSET $${values.length + 2}`,
    [...values, query.limit, query.offset],
  );
  return rows.map(toStoredSeal);
}

/** How many there are, up to `most`: counting ends there. */
export async function countSeals(
  pool: pg.Pool,
  logNo: number,
  query: Pick<SealQuery, 'customerNo' | 'scope'> & { readonly most: number },
): Promise<number> {
  const { text, values } = whereListed(logNo, query);
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int4 AS count FROM (SELECT FROM seal.seal s WHERE ${text} LIMIT $${values.length + 1}) t`,
    [...values, query.most],
  );
  return rows[0]?.count ?? 0;
}

function whereListed(
  logNo: number,
  { customerNo, scope }: Pick<SealQuery, 'customerNo' | 'scope'>,
): { readonly text: string; readonly values: (string | number)[] } {
  const values: (string | number)[] = [logNo];
  let text = 's.log_no = $1';
  if (customerNo !== undefined) text += ` AND s.customer_no = $${values.push(customerNo)}`;
  if (scope !== undefined) text += ` AND s.scope = $${values.push(scope)}`;
  return { text, values };
}

/** The seals of a run, by log index. */
export async function listRunSeals(
  pool: pg.Pool,
  runNo: number,
  page: { readonly limit: number; readonly offset: number },
): Promise<StoredSeal[]> {
  const { rows } = await pool.query<SealRecord>(
    `SELECT ${COLUMNS}
       FROM seal.run r
      CROSS JOIN unnest(r.members) AS m (part)
       JOIN seal.seal s ON s.log_no = r.log_no AND s.log_index >= lower(m.part) AND s.log_index < upper(m.part)
      WHERE r.number = $1 ORDER BY s.log_index LIMIT $2 OFFSET $3`,
    [runNo, page.limit, page.offset],
  );
  return rows.map(toStoredSeal);
}

interface SealRecord {
  log_no: number;
  log_index: string;
  customer_no: number;
  scope: string;
  count: string;
  final: boolean;
  root: Buffer;
  leaf_hash: Buffer;
  body: string;
}

function toStoredSeal(row: SealRecord): StoredSeal {
  return {
    logNo: row.log_no,
    logIndex: Number(row.log_index),
    customerNo: row.customer_no,
    scope: row.scope,
    count: Number(row.count),
    final: row.final,
    root: row.root,
    leafHash: row.leaf_hash,
    body: row.body,
  };
}

/** Seals by their places in a log, in log order. */
export async function readSeals(
  pool: pg.Pool,
  logNo: number,
  logIndexes: readonly number[],
): Promise<StoredSeal[]> {
  const { rows } = await pool.query<SealRecord>(
    `SELECT ${COLUMNS} FROM seal.seal s WHERE s.log_no = $1 AND s.log_index = ANY($2::int8[]) ORDER BY s.log_index`,
    [logNo, plainArray(logIndexes)],
  );
  return rows.map(toStoredSeal);
}
