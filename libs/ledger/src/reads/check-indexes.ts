import type pg from 'pg';
import { toOptionalNumber } from './nullable.js';

export interface IndexCheck {
  /** Entries found in the range. */
  readonly count: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Neighbours that do not follow on each other: `before` + 1 is missing, or, if equal, `before` is there twice. */
  readonly breaks: readonly { readonly before: number; readonly after: number }[];
}

/**
 * Looks at every entry of a customer in a range of indexes (`toIndex` not included) and says where one does not
 * follow on the one before it. Looks in all partitions and at no total: what it is to prove it does not presume.
 * About 0.3 s for 100,000.
 */
export async function checkIndexes(
  pool: pg.Pool,
  customerNo: number,
  range: { readonly fromIndex: number; readonly toIndex: number },
): Promise<IndexCheck> {
  const { rows } = await pool.query<IndexRow>({
    name: 'check-indexes',
    text: `SELECT count(*) AS count, min(idx) AS first, max(idx) AS last,
                  array_agg(previous ORDER BY idx) FILTER (WHERE idx - previous <> 1) AS befores,
                  array_agg(idx ORDER BY idx) FILTER (WHERE idx - previous <> 1) AS afters
             FROM (SELECT idx, lag(idx) OVER (ORDER BY idx) AS previous
                     FROM entry WHERE customer_no = $1 AND idx >= $2 AND idx < $3) numbered`,
    values: [customerNo, range.fromIndex, range.toIndex],
  });
  const row = rows[0];
  const afters = row?.afters ?? [];
  return {
    count: Number(row?.count ?? 0),
    first: toOptionalNumber(row?.first),
    last: toOptionalNumber(row?.last),
    breaks: (row?.befores ?? []).map((before, i) => ({ before: Number(before), after: Number(afters[i]) })),
  };
}

interface IndexRow {
  count: string;
  first: string | null;
  last: string | null;
  befores: string[] | null;
  afters: string[] | null;
}
