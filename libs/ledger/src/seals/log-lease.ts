import pg from 'pg';
import { LedgerError } from '../errors.js';

/** First half of the advisory locks' key, so that they meet nobody else's. */
const LOG_LOCKS = 0x6c6f6773;

const LEASE_WAIT_MS = 10_000;
/** After this time of silence the server ends the session, and with it the lease: a suspended writer is replaced. */
const SILENCE_MS = 10_000;
/** Idle connections are given up before the server would do it. */
const IDLE_MS = SILENCE_MS / 2;

/** SQLSTATE of a wait for a lock that took too long. */
const LOCK_TIMEOUT = '55P03';

/**
 * Connections of a log's writers. What they commit waits for the disk: nothing could make a seal again. A session that
 * dies, or sleeps, is ended by the server within seconds, and its lease and its open transaction with it.
 */
export function createSealPool(options: {
  readonly url: string;
  readonly name: string;
  readonly max: number;
  readonly onError?: (error: Error) => void;
}): pg.Pool {
  const settings = {
    search_path: 'ledger,console',
    synchronous_commit: 'on',
    lock_timeout: LEASE_WAIT_MS,
    idle_in_transaction_session_timeout: SILENCE_MS,
    idle_session_timeout: SILENCE_MS,
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
    // Everything here is found by an index, and the statistics of a log that has just grown by 100,000 say nothing.
    enable_seqscan: 'off',
    jit: 'off',
  };
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.max,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: IDLE_MS,
    keepAlive: true,
  });
  pool.on('error', (error) => options.onError?.(error));
  return pool;
}

/**
 * Who writes to a log: an advisory lock of the very session that the writes go through, so that no write outlives its
 * lease. It spares two writers the work of getting in each other's way; what keeps the log from forking is the size
 * that each transaction moves (appendSeals).
 */
export class LogLease {
  private broken: Error | undefined;

  private constructor(
    readonly logNo: number,
    private readonly session: pg.PoolClient,
  ) {
    // Unheard, the error of a session that is in use would end the process.
    session.on('error', this.onError);
  }

  /** @throws LedgerError UNAVAILABLE when another writer has the log for longer than seconds. */
  static async take(pool: pg.Pool, logNo: number): Promise<LogLease> {
    const lease = new LogLease(logNo, await pool.connect());
    try {
      await lease.session.query('SELECT pg_advisory_lock($1, $2)', [LOG_LOCKS, logNo]);
      return lease;
    } catch (cause) {
      lease.abandon(cause as Error);
      if ((cause as { code?: unknown }).code !== LOCK_TIMEOUT) throw cause;
      throw new LedgerError('UNAVAILABLE', `log ${logNo} is being written by another process`, { cause });
    }
  }

  /** For reading as of the lease. */
  get client(): pg.ClientBase {
    return this.session;
  }

  /** Runs `work` in one transaction; when it throws, the lease is lost, since the session's state is not known. */
  async transaction<T>(work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
    await this.session.query('BEGIN');
    const result = await work(this.session);
    const { command } = await this.session.query('COMMIT');
    // COMMIT of a transaction in which a statement failed succeeds, and rolls back.
    if (command !== 'COMMIT')
      throw new Error('the transaction was rolled back: a statement in it had failed');
    return result;
  }

  /** Gives the log free for the next writer. */
  async release(): Promise<void> {
    try {
      await this.session.query('SELECT pg_advisory_unlock($1, $2)', [LOG_LOCKS, this.logNo]);
    } catch (error) {
      this.broken ??= error as Error;
    }
    this.end();
  }

  /** Ends the session: with it end the lease and whatever transaction it is in. */
  abandon(error: Error): void {
    this.broken ??= error;
    this.end();
  }

  private end(): void {
    this.session.off('error', this.onError);
    this.session.release(this.broken);
  }

  private readonly onError = (error: Error): void => {
    this.broken ??= error;
  };
}
