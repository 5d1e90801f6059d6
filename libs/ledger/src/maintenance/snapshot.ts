import type pg from 'pg';

/**
 * Runs `work` on one snapshot of the data base, reading only: what is written meanwhile is not seen, and nobody waits
 * for it. A snapshot that is held for hours keeps the server from clearing away what is updated in that time.
 */
export async function readInSnapshot<T>(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // Cursors here are read to their ends: a plan that is quick to its first rows only is the wrong one.
    await client.query('SET LOCAL cursor_tuple_fraction = 1');
    const result = await work(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    // Not given back: its transaction is in an unknown state.
    client.release(true);
    throw error;
  }
}
