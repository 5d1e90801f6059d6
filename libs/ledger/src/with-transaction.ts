import type pg from 'pg';

/**
 * Runs `work` in one transaction on one connection: committed when it resolves, rolled back when it throws.
 *
 * When it throws nothing was committed, with one exception that no client can rule out: the connection may die while
 * the server's answer to COMMIT is on its way. Whoever cannot do its work twice asks for what it wrote.
 */
export async function withTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The pool looks after idle connections only: unheard, the error of one that is out would end the process.
  const onError = (error: Error): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    const { command } = await client.query('COMMIT');
    // COMMIT of a transaction in which a statement failed succeeds, and rolls back.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement in it had failed');
    return result;
  } catch (error) {
    if (broken === undefined) await client.query('ROLLBACK').catch(onError);
    throw error;
  } finally {
    client.off('error', onError);
    // A connection that has died, or could not even roll back, is thrown away.
    client.release(broken);
  }
}
