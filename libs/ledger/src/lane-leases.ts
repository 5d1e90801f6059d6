import pg from 'pg';

/** First halves of the advisory locks' keys, so that they meet nobody else's: of the lanes, and of who takes part. */
const LOCKS = {
  projector: { lane: 0x6c616e65, writer: 0x6c616e77 },
  notifier: { lane: 0x6e6f7465, writer: 0x6e6f7477 },
} as const;

/** What lanes are held for: the leases for one purpose say nothing about those for another. */
export type LeasePurpose = keyof typeof LOCKS;

/**
 * After this time of silence the server ends the session, and with it the leases: a writer that hangs, or whose machine
 * is gone, is replaced. Whoever holds leases looks around every half second, so that only a hanging one is silent.
 */
const SILENCE_MS = 6_000;
/** An answer that takes longer will not come: the way to the server is cut. */
const ANSWER_MS = 4_000;

const SETTINGS = {
  idle_session_timeout: SILENCE_MS,
  tcp_keepalives_idle: 3,
  tcp_keepalives_interval: 1,
  tcp_keepalives_count: 3,
};

export interface LaneLeasesOptions {
  readonly url: string;
  readonly name: string;
  readonly purpose?: LeasePurpose;
  /** The session is gone, and all leases with it. */
  readonly onLost: (error: Error) => void;
}

/** Who is there, and who has what: the same for all who look at the same moment. Sessions are named by number. */
export interface LeaseView {
  readonly me: number;
  /** Sessions that take part in the sharing, in rising order. */
  readonly writers: readonly number[];
  /** By lane; a lane that nobody holds is absent. */
  readonly holders: ReadonlyMap<number, number>;
}

/**
 * Who writes which lane: advisory locks held by one session of this process. The server gives them free the moment
 * the session ends, so a killed writer is replaced at once, and one that hangs or is cut off within seconds, by the
 * server's own clock. No table, no heartbeat rows, no clock of ours: pg_locks is the register, and is never wrong about
 * who is alive. It needs the session to itself: a pooler between must pool by session, not by transaction.
 *
 * A lease only spares two writers the work of getting in each other's way: what keeps them from counting twice, when
 * one goes on that has lost its lease without noticing, is the watermark (appendTurn). That is the fence.
 */
export class LaneLeases {
  private constructor(
    private readonly client: pg.Client,
    private readonly onLost: (error: Error) => void,
    private readonly locks: (typeof LOCKS)[LeasePurpose],
  ) {}

  static async open(options: LaneLeasesOptions): Promise<LaneLeases> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: `${options.name} leases`,
      options: Object.entries(SETTINGS)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
      connectionTimeoutMillis: 3_000,
      query_timeout: ANSWER_MS,
      keepAlive: true,
    });
    client.on('error', options.onLost);
    await client.connect();
    return new LaneLeases(client, options.onLost, LOCKS[options.purpose ?? 'projector']);
  }

  /** Takes part in the sharing from now on. */
  async join(): Promise<void> {
    await this.client.query('SELECT pg_advisory_lock_shared($1, 0)', [this.locks.writer]);
  }

  /** Takes no part any more; what is held stays held. */
  async leave(): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock_shared($1, 0)', [this.locks.writer]);
  }

  async look(): Promise<LeaseView> {
    const { rows } = await this.client.query<{ me: number; kind: number; lane: number; pid: number }>({
      name: 'look-at-leases',
      text: `SELECT pg_backend_pid() AS me, classid::int8::int4 AS kind, objid::int8::int4 AS lane, pid
               FROM pg_locks
              WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::int8 IN ($1, $2)
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
              UNION ALL SELECT pg_backend_pid(), 0, 0, 0`,
      values: [this.locks.lane, this.locks.writer],
    });
    const writers = rows.filter(({ kind }) => kind === this.locks.writer).map(({ pid }) => pid);
    const held = rows.filter(({ kind }) => kind === this.locks.lane);
    return {
      me: rows[0]?.me ?? 0,
      writers: writers.sort((a, b) => a - b),
      holders: new Map(held.map(({ lane, pid }) => [lane, pid])),
    };
  }

  /** True when the lane is ours from now on; false when another session has it. Not for a lane that is ours. */
  async tryTake(lane: number): Promise<boolean> {
    const { rows } = await this.client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS taken',
      [this.locks.lane, lane],
    );
    return rows[0]?.taken === true;
  }

  async give(lane: number): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock($1, $2)', [this.locks.lane, lane]);
  }

  async close(): Promise<void> {
    // Ended on purpose: nobody is to be told that it was lost.
    this.client.off('error', this.onLost);
    this.client.on('error', () => undefined);
    await this.client.end();
  }
}
