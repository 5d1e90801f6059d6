import type pg from 'pg';
import { uuidToHex } from '../load-states.js';

/** A customer's row, as a self-check holds it against the cache. Amounts are canonical text. */
export interface SnapshotCustomer {
  readonly environmentId: string;
  readonly customerId: string;
  readonly customerNo: number;
  readonly count: number;
  readonly balance: string;
  readonly lastRecordKey: string;
  readonly lastSequence: number;
  readonly firstRecordedAtMs: number;
  readonly lastRecordedAtMs: number;
}

export interface LaneSnapshot {
  readonly lane: number;
  /** The watermark at the moment of the snapshot. */
  readonly sequence: number;
  /** All customers of the lane, page by page, as of that watermark. */
  readonly customers: AsyncIterable<SnapshotCustomer>;
}

const PAGE = 5_000;

/** Runs `work` over a lane as it is at one moment, while it goes on being written. */
export async function withLaneSnapshot<T>(
  pool: pg.Pool,
  lane: number,
  work: (snapshot: LaneSnapshot) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ sequence: string }>('SELECT sequence FROM lane WHERE lane = $1', [
      lane,
    ]);
    const sequence = Number(rows[0]?.sequence ?? 0);
    return await work({ lane, sequence, customers: pageCustomers(client, lane) });
  } finally {
    await client.query('ROLLBACK').catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error(String(error));
    });
    client.release(broken);
  }
}

async function* pageCustomers(client: pg.PoolClient, lane: number): AsyncGenerator<SnapshotCustomer> {
  let after = -1;
  for (;;) {
    const { rows } = await client.query<SnapshotRow>(
      `SELECT number, environment_id, customer_id, count, balance, last_record_key, last_sequence,
              first_recorded_at_ms, last_recorded_at_ms
         FROM customer WHERE lane = $1 AND number > $2 ORDER BY number LIMIT ${PAGE}`,
      [lane, after],
    );
    for (const row of rows) {
      yield toSnapshotCustomer(row);
      after = row.number;
    }
    if (rows.length < PAGE) return;
  }
}

interface SnapshotRow {
  number: number;
  environment_id: string;
  customer_id: string;
  count: string;
  balance: string;
  last_record_key: string;
  last_sequence: string;
  first_recorded_at_ms: string;
  last_recorded_at_ms: string;
}

function toSnapshotCustomer(row: SnapshotRow): SnapshotCustomer {
  return {
    environmentId: row.environment_id,
    customerId: row.customer_id,
    customerNo: row.number,
    count: Number(row.count),
    balance: row.balance,
    lastRecordKey: uuidToHex(row.last_record_key),
    lastSequence: Number(row.last_sequence),
    firstRecordedAtMs: Number(row.first_recorded_at_ms),
    lastRecordedAtMs: Number(row.last_recorded_at_ms),
  };
}
