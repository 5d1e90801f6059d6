import { type Amount, amountFromCanonical } from '@pacspace/domain';
import type pg from 'pg';
import { toOptionalNumber } from '../reads/nullable.js';

export type FindingLevel = 'total' | 'month' | 'day' | 'hour';

export interface SumQuery {
  readonly reportNo: number;
  readonly level: FindingLevel;
  /** time: by that alone; reason, or the name of a dimension. */
  readonly slicing: string;
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  readonly limit: number;
  readonly offset: number;
}

/** What was found of one class within a cell. */
export interface CellClass {
  readonly class: number;
  readonly findings: number;
  readonly here: { readonly count: number; readonly sum: Amount };
  readonly there: { readonly count: number; readonly sum: Amount };
  readonly contribution: Amount;
}

export interface SummedCell {
  /** Undefined: of the total, or of records that name no time. */
  readonly startMs: number | undefined;
  readonly value: string | undefined;
  /** All values for which there was no room. */
  readonly isOther: boolean;
  readonly contribution: Amount;
  readonly classes: readonly CellClass[];
}

/** One level of a report's drill-down, in the order of time and value: each cell is the exact sum of the findings in it. */
export async function sumFindings(pool: pg.Pool, query: SumQuery): Promise<SummedCell[]> {
  const { reportNo, level, slicing, fromMs, toMs, limit, offset } = query;
  const start =
    level === 'total'
      ? 'NULL::int8'
      : `(extract(epoch FROM date_trunc('${level}', to_timestamp(start_ms / 1000.0) AT TIME ZONE 'UTC')) * 1000)::int8`;
  const values: unknown[] = [reportNo, slicing];
  let where = 'report_no = $1 AND slicing = $2';
  if (fromMs !== undefined) where += ` AND start_ms >= $${values.push(fromMs)}`;
  if (toMs !== undefined) where += ` AND start_ms < $${values.push(toMs)}`;
  const { rows } = await pool.query<CellRow>(
    `WITH part AS (
       SELECT ${start} AS start, value, is_other, class, sum(findings) AS findings, sum(here_count) AS here_count,
              sum(here_sum) AS here_sum, sum(there_count) AS there_count, sum(there_sum) AS there_sum,
              sum(contribution) AS contribution
         FROM compare.breakdown WHERE ${where} GROUP BY 1, 2, 3, 4
     )
     SELECT start, value, is_other, sum(contribution) AS contribution,
            json_agg(json_build_array(class, findings, here_count, here_sum::text, there_count, there_sum::text,
                                      contribution::text) ORDER BY class) AS classes
       FROM part GROUP BY start, value, is_other
      ORDER BY start NULLS FIRST, is_other, value COLLATE "C" NULLS FIRST LIMIT ${limit} OFFSET ${offset}`,
    values,
  );
  return rows.map((row) => ({
    startMs: toOptionalNumber(row.start),
    value: row.value ?? undefined,
    isOther: row.is_other,
    contribution: amountFromCanonical(row.contribution),
    classes: row.classes.map(([of, findings, hereCount, hereSum, thereCount, thereSum, contribution]) => ({
      class: of,
      findings,
      here: { count: hereCount, sum: amountFromCanonical(hereSum) },
      there: { count: thereCount, sum: amountFromCanonical(thereSum) },
      contribution: amountFromCanonical(contribution),
    })),
  }));
}

interface CellRow {
  start: string | null;
  value: string | null;
  is_other: boolean;
  contribution: string;
  classes: [number, number, number, string, number, string, string][];
}
