import pg from 'pg';
import type { LedgerPoolOptions } from '../pool.js';

export interface ReadPoolOptions extends Omit<LedgerPoolOptions, 'waitForDisk' | 'lookUps'> {
  /** A statement that takes longer is cancelled: SQLSTATE 57014. Default 10,000. */
  readonly statementTimeoutMs?: number;
}

/**
 * Connections for reading only: nothing can be written through them, and no question holds one for ever.
 *
 * A statement without a name is planned for the values at hand, since the partitions to be left out follow from them.
 * One with a name may come to be planned once for all values; so a name is given only where that plan is as good. Whole
 * tables are not read while an index leads to the rows: that plan is best in the first minute of a month's partition, and
 * would be kept until its statistics are renewed (a sum over an environment of 200,000 customers takes 50 ms for 31). No
 * parallel workers and no JIT: they make one large sum faster and all other readers slower, and compiling costs more
 * than most reads.
 * Idle connections are kept for minutes: a new one spends 20–70 ms on its first look at all the partitions.
 */
export function createReadPool(options: ReadPoolOptions): pg.Pool {
  const { schema = 'ledger', statementTimeoutMs = 10_000 } = options;
  const settings = {
    search_path: `${schema},console`,
    default_transaction_read_only: 'on',
    statement_timeout: statementTimeoutMs,
    enable_seqscan: 'off',
    max_parallel_workers_per_gather: 0,
    jit: 'off',
  };
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max ?? 10,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 10 * 60_000,
    // A server that does not answer any more does not cancel anything either.
    query_timeout: statementTimeoutMs + 1_000,
    keepAlive: true,
  });
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}
