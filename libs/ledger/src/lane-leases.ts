import pg from 'pg';

/** First half of the advisory locks' key, so that they meet nobody else's. */
const LANE_LOCKS = 0x6c616e65;

export interface LaneLeasesOptions {
  readonly url: string;
  readonly name: string;
  /** The session is gone, and all leases with it. */
  readonly onLost: (error: Error) => void;
}

/**
 * Who writes which lane: advisory locks held by one session of this process. The server gives them free the moment
 * the session ends, so a killed writer is replaced at once, and one that the network has cut off after the TCP
 * keep-alives below. A lease only spares two writers the work of getting in each other's way: what keeps them from
 * counting twice is the watermark (appendTurn).
 */
export class LaneLeases {
  private constructor(private readonly client: pg.Client) {}

  static async open(options: LaneLeasesOptions): Promise<LaneLeases> {
    const client = new pg.Client({
      connectionString: options.url,
      application_name: `${options.name} leases`,
      options: '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    client.on('error', options.onLost);
    await client.connect();
    return new LaneLeases(client);
  }

  /** True when the lane is ours from now on; false when another session has it. */
  async tryTake(lane: number): Promise<boolean> {
    const { rows } = await this.client.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS taken',
      [LANE_LOCKS, lane],
    );
    return rows[0]?.taken === true;
  }

  async give(lane: number): Promise<void> {
    await this.client.query('SELECT pg_advisory_unlock($1, $2)', [LANE_LOCKS, lane]);
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
