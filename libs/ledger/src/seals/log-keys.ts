import type pg from 'pg';

/** A key by which a log's heads verify. */
export interface LogKey {
  readonly logNo: number;
  readonly origin: string;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly validFromMs: number;
}

/** Makes a key known, before the first head that it signs; does nothing when it is. */
export async function addLogKey(pool: pg.Pool, key: Omit<LogKey, 'origin'>): Promise<void> {
  await pool.query(
    'INSERT INTO seal.log_key (log_no, public_key, valid_from_ms) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [key.logNo, key.publicKey, key.validFromMs],
  );
}

/** The keys of one log or of all, by log and the newest first. */
export async function listLogKeys(
  pool: pg.Pool | pg.ClientBase,
  { origin, limit }: { readonly origin?: string | undefined; readonly limit: number },
): Promise<LogKey[]> {
  const { rows } = await pool.query<KeyRow>(
    `SELECT k.log_no, l.origin, k.public_key, k.valid_from_ms
       FROM seal.log_key k JOIN seal.log l ON l.number = k.log_no
      WHERE $1::text IS NULL OR l.origin = $1
      ORDER BY k.log_no, k.valid_from_ms DESC, k.public_key LIMIT $2`,
    [origin ?? null, limit],
  );
  return rows.map((row) => ({
    logNo: row.log_no,
    origin: row.origin,
    publicKey: row.public_key,
    validFromMs: Number(row.valid_from_ms),
  }));
}

interface KeyRow {
  log_no: number;
  origin: string;
  public_key: Buffer;
  valid_from_ms: string;
}
