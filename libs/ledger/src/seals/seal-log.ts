import type pg from 'pg';

/** The log of an environment's seals, and how far it has come. */
export interface SealLog {
  /** By which rows name it. */
  readonly number: number;
  readonly environmentId: string;
  readonly origin: string;
  readonly size: number;
  /** The compact range of its tree, 32 bytes a hash. */
  readonly frontier: Uint8Array;
  /** Time of the last seal; 0 before the first. */
  readonly sealedAtMs: number;
  /** Size of the last signed head; 0 before the first. */
  readonly publishedSize: number;
  readonly publishedAtMs: number;
  /** The latest period that is closed and sealed for all customers; undefined: none. */
  readonly sealedThrough: number | undefined;
}

const COLUMNS =
  'number, environment_id, origin, size, frontier, sealed_at_ms, published_size, published_at_ms, sealed_through';

/** The environment's log, made with this origin when it has none; an existing one keeps the origin it was made with. */
export async function openSealLog(
  pool: pg.Pool,
  { environmentId, origin }: { readonly environmentId: string; readonly origin: string },
): Promise<SealLog> {
  const found = await findSealLog(pool, { environmentId });
  if (found !== undefined) return found;
  await pool.query(
    'INSERT INTO seal.log (environment_id, origin) VALUES ($1, $2) ON CONFLICT (environment_id) DO NOTHING',
    [environmentId, origin],
  );
  const made = await findSealLog(pool, { environmentId });
  if (made === undefined) throw new Error(`the log of ${environmentId} was made and is not there`);
  return made;
}

/** Undefined: nothing of the environment was ever sealed, or no log has this origin. */
export async function findSealLog(
  pool: pg.Pool | pg.ClientBase,
  by: { readonly environmentId: string } | { readonly origin: string } | { readonly number: number },
): Promise<SealLog | undefined> {
  const [column, value] =
    'environmentId' in by
      ? ['environment_id', by.environmentId]
      : 'origin' in by
        ? ['origin', by.origin]
        : ['number', by.number];
  const { rows } = await pool.query<LogRow>(`SELECT ${COLUMNS} FROM seal.log WHERE ${column} = $1`, [value]);
  return rows[0] && toSealLog(rows[0]);
}

/** All logs, by number; or those that hold seals which no published head covers. */
export async function listSealLogs(
  pool: pg.Pool | pg.ClientBase,
  { unpublished = false }: { readonly unpublished?: boolean } = {},
): Promise<SealLog[]> {
  const { rows } = await pool.query<LogRow>(
    `SELECT ${COLUMNS} FROM seal.log ${unpublished ? 'WHERE size > published_size' : ''} ORDER BY number`,
  );
  return rows.map(toSealLog);
}

interface LogRow {
  number: number;
  environment_id: string;
  origin: string;
  size: string;
  frontier: Buffer;
  sealed_at_ms: string;
  published_size: string;
  published_at_ms: string;
  sealed_through: number;
}

function toSealLog(row: LogRow): SealLog {
  return {
    number: row.number,
    environmentId: row.environment_id,
    origin: row.origin,
    size: Number(row.size),
    frontier: row.frontier,
    sealedAtMs: Number(row.sealed_at_ms),
    publishedSize: Number(row.published_size),
    publishedAtMs: Number(row.published_at_ms),
    sealedThrough: row.sealed_through < 0 ? undefined : row.sealed_through,
  };
}
