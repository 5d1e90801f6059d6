import { type Amount, amountFromCanonical, type Period } from '@pacspace/domain';
import type pg from 'pg';
import { EVENT_TIME } from './select-entries.js';

/** Which of an environment's deltas are summed; lower bounds are included, upper ones not. */
export interface EnvironmentScope {
  readonly period?: Period;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Only what was recorded at or before. */
  readonly asOfMs?: number | undefined;
}

export interface EnvironmentSum {
  readonly customers: number;
  readonly count: number;
  readonly net: Amount;
}

const LEAST = -8_640_000_000_000_000;
const MOST = 8_640_000_000_000_000;

/**
 * All of an environment's customers in a scope. Periods that lie in it as a whole are added up from their totals, one
 * row each; only the entries of the others are read.
 */
export async function sumEnvironmentScope(
  pool: pg.Pool,
  environmentId: string,
  scope: EnvironmentScope,
): Promise<EnvironmentSum> {
  const { period, fromMs = LEAST, toMs = MOST, asOfMs = MOST } = scope;
  const { rows } = await pool.query<{ customers: string; count: string; net: string }>({
    text: `WITH part AS MATERIALIZED (
             SELECT p.customer_no, p.period, p.count, p.net,
                    p.first_at_ms >= $3 AND p.last_at_ms < $4 AND c.last_recorded_at_ms <= $5 AS whole
               FROM customer c JOIN customer_period p ON p.customer_no = c.number
              WHERE c.environment_id = $1 AND ($2::int4 IS NULL OR p.period = $2)
                AND p.last_at_ms >= $3 AND p.first_at_ms < $4 AND c.first_recorded_at_ms <= $5),
           summed AS (
             SELECT customer_no, count, net FROM part WHERE whole
              UNION ALL
             SELECT e.customer_no, count(*), sum(e.amount)
               FROM part JOIN entry e ON e.customer_no = part.customer_no AND e.period = part.period
              WHERE NOT part.whole AND ${EVENT_TIME} >= $3 AND ${EVENT_TIME} < $4 AND e.recorded_at_ms <= $5
              GROUP BY e.customer_no)
           SELECT count(DISTINCT customer_no) AS customers, coalesce(sum(count), 0) AS count, coalesce(sum(net), 0) AS net
             FROM summed`,
    values: [environmentId, period ?? null, fromMs, toMs, asOfMs],
  });
  const [row] = rows;
  return {
    customers: Number(row?.customers),
    count: Number(row?.count),
    net: amountFromCanonical(row?.net ?? '0'),
  };
}
