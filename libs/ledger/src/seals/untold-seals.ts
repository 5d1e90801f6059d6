import type pg from 'pg';

/** Seals that a published head covers and nobody has been told of. */
export interface UntoldSeals {
  readonly logNo: number;
  readonly environmentId: string;
  readonly toldSize: number;
  readonly seals: readonly { readonly logIndex: number; readonly customerNo: number }[];
}

/** The next `limit` of each log that has any, in log order. */
export async function findUntoldSeals(pool: pg.Pool, limit: number): Promise<UntoldSeals[]> {
  const { rows: logs } = await pool.query<{ number: number; environment_id: string; told_size: string }>(
    'SELECT number, environment_id, told_size FROM seal.log WHERE told_size < published_size ORDER BY number',
  );
  const untold: UntoldSeals[] = [];
  for (const { number, environment_id: environmentId, told_size: told } of logs) {
    const { rows } = await pool.query<{ log_index: string; customer_no: number }>(
      `SELECT s.log_index, s.customer_no FROM seal.seal s JOIN seal.log l ON l.number = s.log_no
        WHERE s.log_no = $1 AND s.log_index >= $2 AND s.log_index < l.published_size
        ORDER BY s.log_index LIMIT $3`,
      [number, told, limit],
    );
    const seals = rows.map((row) => ({ logIndex: Number(row.log_index), customerNo: row.customer_no }));
    untold.push({ logNo: number, environmentId, toldSize: Number(told), seals });
  }
  return untold;
}

/** Somebody else may have told the same meanwhile: the mark only moves forward. */
export async function markSealsTold(pool: pg.Pool, logNo: number, size: number): Promise<void> {
  await pool.query('UPDATE seal.log SET told_size = $2 WHERE number = $1 AND told_size < $2', [logNo, size]);
}
