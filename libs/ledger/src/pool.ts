import pg from 'pg';

export interface LedgerPoolOptions {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly name: string;
  readonly max?: number;
  /** Where the ledger's tables are; another one than `ledger` only while a rebuild is made. */
  readonly schema?: string;
  /** False for the projector alone: see the note below. */
  readonly waitForDisk?: boolean;
  /** What is asked for is named by its key, many rows a statement: see LOOK_UP_SETTINGS. */
  readonly lookUps?: boolean;
  /**
   * How long the server waits for its client within a transaction before it takes it for gone, and lets go of what it
   * has locked; three times as long within a statement. Without: for ever, or until TCP notices.
   */
  readonly lostClientMs?: number;
  readonly onError?: (error: Error) => void;
}

/**
 * Looking up thousands of keys a statement in a table that grows and grows (ADR 3). Planned for the values at hand, as
 * the first five uses of a prepared statement are, so many seem enough to read the whole table instead; and planned
 * while the table is small, reading all of it is cheapest, and stays the plan for as long as a minute, in which it may
 * come to have a million rows.
 */
const LOOK_UP_SETTINGS = [
  '-c plan_cache_mode=force_generic_plan',
  '-c enable_seqscan=off',
  '-c enable_hashjoin=off',
  '-c enable_mergejoin=off',
];

/**
 * Connections on which unqualified names mean the ledger's tables, then the console's.
 *
 * The projector's commits do not wait for the disk (`waitForDisk: false`): watermark, rows and balances are one
 * transaction, the log behind them is durable, and the fold is deterministic, so a data base that loses its last
 * commits in a crash comes back at an older watermark and is folded forward to the very same rows. Whatever is not
 * a fold of the log (seals, keys, reports) must wait.
 */
export function createLedgerPool(options: LedgerPoolOptions): pg.Pool {
  const { schema = 'ledger', waitForDisk = true, lookUps = false, lostClientMs } = options;
  const settings = [`-c search_path=${schema},console`];
  if (!waitForDisk) settings.push('-c synchronous_commit=off');
  if (lookUps) settings.push(...LOOK_UP_SETTINGS);
  if (lostClientMs !== undefined) {
    settings.push(`-c idle_in_transaction_session_timeout=${lostClientMs}`);
    settings.push(`-c statement_timeout=${3 * lostClientMs}`);
  }
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max ?? 10,
    options: settings.join(' '),
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced at the next use; unhandled, its error would end the process.
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}
