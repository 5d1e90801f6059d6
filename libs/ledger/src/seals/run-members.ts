import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';

/** Neighbouring seals of a log: from the first up to, and not including, the end. */
export interface LogRange {
  readonly first: number;
  readonly end: number;
}

/** Where the seals of a run stand in their log, ascending. */
export async function readRunRanges(pool: pg.Pool, runNo: number): Promise<LogRange[]> {
  const { rows } = await pool.query<{ first: string; end: string }>(
    `SELECT lower(part) AS first, upper(part) AS end
       FROM seal.run r CROSS JOIN unnest(r.members) AS m (part) WHERE r.number = $1 ORDER BY 1`,
    [runNo],
  );
  return rows.map(({ first, end }) => ({ first: Number(first), end: Number(end) }));
}

const MEMBERS = `seal.run r
      CROSS JOIN unnest(r.members) AS m (part)
       JOIN seal.seal s ON s.log_no = r.log_no AND s.log_index >= lower(m.part) AND s.log_index < upper(m.part)`;

/** How many of a run's seals are stored, and how many of them are not what their leaf is the hash of. */
export async function countRunSeals(
  pool: pg.Pool,
  runNo: number,
): Promise<{ readonly stored: number; readonly changed: number }> {
  const { rows } = await pool.query<{ stored: number; changed: number }>(
    `SELECT count(*)::int4 AS stored,
            count(*) FILTER (WHERE s.leaf_hash <> sha256('\\x00'::bytea || convert_to(s.body, 'UTF8')))::int4 AS changed
       FROM ${MEMBERS} WHERE r.number = $1`,
    [runNo],
  );
  return rows[0] ?? { stored: 0, changed: 0 };
}

/** What a run's seals state together. */
export interface RunSum {
  readonly entries: number;
  readonly opening: Amount;
  readonly closing: Amount;
  /** Leaf hashes of the seals, 32 bytes each, in ascending order of customer id. */
  readonly leaves: Buffer;
}

interface SumRow {
  entries: string;
  opening: string;
  closing: string;
  leaves: Buffer;
}

/** Class of SQLSTATE for values that are not what they should be. */
const DATA_EXCEPTION = '22';

/** Undefined when a seal's text is none any more. */
export async function sumRun(pool: pg.Pool, runNo: number): Promise<RunSum | undefined> {
  try {
    return await querySum(pool, runNo);
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith(DATA_EXCEPTION) === true) return undefined;
    throw error;
  }
}

async function querySum(pool: pg.Pool, runNo: number): Promise<RunSum> {
  const { rows } = await pool.query<SumRow>(
    `SELECT coalesce(sum(j.count), 0) AS entries,
            trim_scale(coalesce(sum(j."openingBalance"), 0)) AS opening,
            trim_scale(coalesce(sum(j."closingBalance"), 0)) AS closing,
            coalesce(string_agg(s.leaf_hash, ''::bytea ORDER BY j."customerId" COLLATE "C"), ''::bytea) AS leaves
       FROM ${MEMBERS}
      CROSS JOIN LATERAL json_to_record(s.body::json)
                      AS j (count int8, "openingBalance" numeric, "closingBalance" numeric, "customerId" text)
      WHERE r.number = $1`,
    [runNo],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a sum without a row');
  return {
    entries: Number(row.entries),
    opening: amountFromCanonical(row.opening),
    closing: amountFromCanonical(row.closing),
    leaves: row.leaves,
  };
}
