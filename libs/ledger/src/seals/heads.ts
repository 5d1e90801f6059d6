import type pg from 'pg';
import { withTransaction } from '../with-transaction.js';

/** A signed head of a log. */
export interface LogHead {
  readonly size: number;
  readonly publishedAtMs: number;
  /** The checkpoint's signed note, verbatim. */
  readonly note: string;
}

export interface HeadToPublish extends LogHead {
  readonly logNo: number;
  /** Size of the head before it: the same when a new key signs it once more. */
  readonly afterSize: number;
  /** Not before this time since the last head. */
  readonly pauseMs: number;
}

/**
 * Shows a new head to the world, unless somebody else has published since, or less than the pause ago. The size only
 * grows, and is one that the log has: so any two heads are consistent, whoever signs them.
 *
 * @returns whether it was published.
 */
export async function publishHead(pool: pg.Pool, head: HeadToPublish): Promise<boolean> {
  const { logNo, size, publishedAtMs, note, afterSize, pauseMs } = head;
  return await withTransaction(pool, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE seal.log SET published_size = $3, published_at_ms = $4
        WHERE number = $1 AND published_size = $2 AND $3 BETWEEN $2 AND size AND published_at_ms <= $5`,
      [logNo, afterSize, size, publishedAtMs, publishedAtMs - pauseMs],
    );
    if (rowCount !== 1) return false;
    await client.query(
      `INSERT INTO seal.head (log_no, size, published_at_ms, note) VALUES ($1, $2, $3, $4)
           ON CONFLICT (log_no, size) DO UPDATE SET note = excluded.note`,
      [logNo, size, publishedAtMs, note],
    );
    return true;
  });
}

/** The last head of a size up to `atMost`, or the last of all; undefined before the first. */
export async function readHead(
  pool: pg.Pool,
  logNo: number,
  atMost: number = Number.MAX_SAFE_INTEGER,
): Promise<LogHead | undefined> {
  const { rows } = await pool.query<HeadRow>(
    `SELECT size, published_at_ms, note FROM seal.head WHERE log_no = $1 AND size <= $2 ORDER BY size DESC LIMIT 1`,
    [logNo, atMost],
  );
  return rows[0] && toHead(rows[0]);
}

/** Heads of a size above `after`, smallest first. */
export async function listHeads(
  pool: pg.Pool,
  logNo: number,
  page: { readonly after: number; readonly limit: number },
): Promise<LogHead[]> {
  const { rows } = await pool.query<HeadRow>(
    `SELECT size, published_at_ms, note FROM seal.head WHERE log_no = $1 AND size > $2 ORDER BY size LIMIT $3`,
    [logNo, page.after, page.limit],
  );
  return rows.map(toHead);
}

interface HeadRow {
  size: string;
  published_at_ms: string;
  note: string;
}

function toHead(row: HeadRow): LogHead {
  return { size: Number(row.size), publishedAtMs: Number(row.published_at_ms), note: row.note };
}
