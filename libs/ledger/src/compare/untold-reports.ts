import type pg from 'pg';

/** A report that is kept and that nobody has been told of. */
export interface UntoldReport {
  readonly number: number;
  readonly reportId: string;
  readonly environmentId: string;
  readonly customerId: string | undefined;
  readonly finishedAtMs: number;
}

/** The first of them, in the order in which they were asked for. */
export async function findUntoldReports(pool: pg.Pool, limit: number): Promise<UntoldReport[]> {
  const { rows } = await pool.query<{
    number: string;
    report_id: string;
    environment_id: string;
    customer_id: string | null;
    finished_at_ms: string;
  }>({
    name: 'untold-reports',
    text: `SELECT number, report_id, environment_id, customer_id, finished_at_ms FROM compare.report
            WHERE NOT told AND state = 'done' ORDER BY number LIMIT $1`,
    values: [limit],
  });
  return rows.map((row) => ({
    number: Number(row.number),
    reportId: row.report_id,
    environmentId: row.environment_id,
    customerId: row.customer_id ?? undefined,
    finishedAtMs: Number(row.finished_at_ms),
  }));
}

export async function markReportsTold(pool: pg.Pool, numbers: readonly number[]): Promise<void> {
  await pool.query('UPDATE compare.report SET told = true WHERE number = ANY($1)', [numbers]);
}
