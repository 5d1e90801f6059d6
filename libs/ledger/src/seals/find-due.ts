import type { Period } from '@pacspace/domain';
import type pg from 'pg';

/** Environments with anything recorded whose log does not say that the period is closed and sealed. */
export async function listUnsealedEnvironments(pool: pg.Pool, period: Period): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    // A loose scan of the index: one look-up an environment, however many customers it has.
    `WITH RECURSIVE environment (id) AS (
       SELECT min(environment_id) FROM customer
       UNION ALL
       SELECT (SELECT min(c.environment_id) FROM customer c WHERE c.environment_id > e.id)
         FROM environment e WHERE e.id IS NOT NULL
     )
     SELECT e.id FROM environment e LEFT JOIN seal.log l ON l.environment_id = e.id
      WHERE e.id IS NOT NULL AND coalesce(l.sealed_through, -1) < $1 ORDER BY e.id`,
    [period],
  );
  return rows.map((row) => row.id);
}

/** When the environment's first delta was recorded, ms; undefined when nothing is. */
export async function findFirstRecordedAt(pool: pg.Pool, environmentId: string): Promise<number | undefined> {
  const { rows } = await pool.query<{ at: string | null }>(
    'SELECT min(first_recorded_at_ms) AS at FROM customer WHERE environment_id = $1',
    [environmentId],
  );
  const at = rows[0]?.at;
  return at === null || at === undefined ? undefined : Number(at);
}

/** The periods after `after` and up to `through` in which the environment has anything, in order. */
export async function listPeriods(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly after: Period; readonly through: Period },
): Promise<Period[]> {
  const { rows } = await pool.query<{ period: number }>(
    `SELECT DISTINCT p.period FROM customer c JOIN customer_period p ON p.customer_no = c.number
      WHERE c.environment_id = $1 AND p.period > $2 AND p.period <= $3 ORDER BY p.period`,
    [of.environmentId, of.after, of.through],
  );
  return rows.map((row) => row.period);
}

/** Through which period it is closed for all the environment's customers, in each lane that has closed any. */
export async function readClosedLanes(pool: pg.Pool, environmentId: string): Promise<Map<number, Period>> {
  const { rows } = await pool.query<{ lane: number; period: number }>(
    `SELECT lane, max(period) AS period FROM closing
      WHERE environment_id = $1 AND customer_no IS NULL GROUP BY lane`,
    [environmentId],
  );
  return new Map(rows.map((row) => [row.lane, row.period]));
}

/** Through which period it is closed for a customer, by its own closings and its environment's; undefined: none is. */
export async function readClosedThrough(
  pool: pg.Pool,
  of: { readonly environmentId: string; readonly customerNo: number },
): Promise<Period | undefined> {
  const { rows } = await pool.query<{ period: number }>(
    `SELECT greatest(c.closed_through,
                     (SELECT max(period) FROM closing
                       WHERE environment_id = $1 AND lane = c.lane AND customer_no IS NULL)) AS period
       FROM customer c WHERE c.number = $2`,
    [of.environmentId, of.customerNo],
  );
  const period = rows[0]?.period ?? -1;
  return period < 0 ? undefined : period;
}
