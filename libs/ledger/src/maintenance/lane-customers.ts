import type pg from 'pg';
import { uuidToHex } from '../load-states.js';
import type { NewCustomerRow } from '../turn.js';

const PAGE = 2_000;

/** All customers of a lane, page by page: to hold another store against the ledger. */
export async function* customersOfLane(client: pg.ClientBase, lane: number): AsyncGenerator<NewCustomerRow> {
  for (let after = -1; ;) {
    const { rows } = await client.query<CustomerRecord>(
      `SELECT number, environment_id, customer_id, count, balance, first_recorded_at_ms, last_recorded_at_ms,
              last_record_key, last_sequence
         FROM customer WHERE lane = $1 AND number > $2 ORDER BY number LIMIT ${PAGE}`,
      [lane, after],
    );
    for (const row of rows) {
      yield {
        number: row.number,
        environmentId: row.environment_id,
        customerId: row.customer_id,
        count: Number(row.count),
        balance: row.balance,
        firstRecordedAtMs: Number(row.first_recorded_at_ms),
        lastRecordedAtMs: Number(row.last_recorded_at_ms),
        lastRecordKey: uuidToHex(row.last_record_key),
        lastSequence: Number(row.last_sequence),
      };
      after = row.number;
    }
    if (rows.length < PAGE) return;
  }
}

interface CustomerRecord {
  number: number;
  environment_id: string;
  customer_id: string;
  count: string;
  balance: string;
  first_recorded_at_ms: string;
  last_recorded_at_ms: string;
  last_record_key: string;
  last_sequence: string;
}
