import type pg from 'pg';
import { nameArray, plainArray } from '../array-literal.js';

/** A delivery with all that is needed to send it. */
export interface DueDelivery {
  readonly eventKey: string;
  readonly endpointNo: number;
  readonly lane: number;
  readonly type: string;
  readonly body: string;
  /** Tries of this round so far. */
  readonly attempts: number;
  /** When what it tells of became known. */
  readonly createdAtMs: number;
  /** Of endpoints that want order alone. */
  readonly customerId: string | undefined;
}

export interface DueEndpoint {
  readonly endpointNo: number;
  /** Of the delivery that has waited longest for its turn. */
  readonly dueAtMs: number;
}

/**
 * For whom something waits in a lane, and since when: one look into the index for each such endpoint, however many
 * deliveries wait for it and however many endpoints there are.
 */
export async function findDueEndpoints(pool: pg.Pool, lane: number): Promise<DueEndpoint[]> {
  const { rows } = await pool.query<{ endpoint_no: number; due_at_ms: string }>({
    name: 'find-due-endpoints',
    text: `WITH RECURSIVE waiting AS (
             (SELECT endpoint_no, due_at_ms FROM webhook.delivery WHERE lane = $1 AND state = 0
               ORDER BY endpoint_no, due_at_ms LIMIT 1)
             UNION ALL
             SELECT n.* FROM waiting w CROSS JOIN LATERAL (
               SELECT endpoint_no, due_at_ms FROM webhook.delivery
                WHERE lane = $1 AND state = 0 AND endpoint_no > w.endpoint_no
                ORDER BY endpoint_no, due_at_ms LIMIT 1) n
           )
           SELECT endpoint_no, due_at_ms FROM waiting`,
    values: [lane],
  });
  return rows.map((row) => ({ endpointNo: row.endpoint_no, dueAtMs: Number(row.due_at_ms) }));
}

const COLUMNS =
  'd.event_key, d.endpoint_no, d.lane, d.attempts, d.customer_id, e.type, e.body, e.created_at_ms';

/** The next `limit` deliveries of an endpoint in a lane whose time has come, in the order of their times. */
export async function loadDue(
  pool: pg.Pool,
  of: { readonly endpointNo: number; readonly lane: number; readonly nowMs: number; readonly limit: number },
): Promise<DueDelivery[]> {
  const { rows } = await pool.query<DueRecord>({
    name: 'load-due',
    text: `SELECT ${COLUMNS}
             FROM (SELECT * FROM webhook.delivery
                    WHERE lane = $1 AND endpoint_no = $2 AND state = 0 AND due_at_ms <= $3
                    ORDER BY due_at_ms, ordinal LIMIT $4) d
             JOIN webhook.event e ON e.event_key = d.event_key
            ORDER BY d.due_at_ms, d.ordinal`,
    values: [of.lane, of.endpointNo, of.nowMs, of.limit],
  });
  return rows.map(toDue);
}

/** Of each customer, the next few that are held back, in order: for an endpoint whose last one of theirs is finished. */
export async function loadHeld(
  pool: pg.Pool,
  of: { readonly endpointNo: number; readonly customerIds: readonly string[]; readonly each: number },
): Promise<DueDelivery[]> {
  const { rows } = await pool.query<DueRecord>({
    name: 'load-held',
    text: `SELECT ${COLUMNS}
             FROM unnest($2::text[]) AS v (customer_id)
            CROSS JOIN LATERAL (
                  SELECT * FROM webhook.delivery
                   WHERE endpoint_no = $1 AND customer_id = v.customer_id AND state <= 1 AND customer_id IS NOT NULL
                   ORDER BY ordinal LIMIT $3) d
             JOIN webhook.event e ON e.event_key = d.event_key
            ORDER BY d.customer_id, d.ordinal`,
    values: [of.endpointNo, nameArray(of.customerIds), of.each],
  });
  return rows.map(toDue);
}

/**
 * Where the first of a customer's unfinished deliveries is held back, nobody would ever send it: its sender was stopped
 * between the one before and this one. It waits for its time like any other from now on.
 */
export async function releaseHeads(pool: pg.Pool, lane: number, nowMs: number): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE webhook.delivery d SET state = 0, due_at_ms = $2
       FROM (SELECT DISTINCT ON (endpoint_no, customer_id) event_key, endpoint_no, state FROM webhook.delivery
              WHERE lane = $1 AND state <= 1 AND customer_id IS NOT NULL
              ORDER BY endpoint_no, customer_id, ordinal) h
      WHERE h.state = 1 AND d.event_key = h.event_key AND d.endpoint_no = h.endpoint_no`,
    [lane, nowMs],
  );
  return rowCount ?? 0;
}

/** Deliveries that wait, or are held back, in these lanes; counting ends at `most`. */
export async function countWaiting(pool: pg.Pool, lanes: readonly number[], most: number): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int4 AS count
       FROM (SELECT FROM webhook.delivery WHERE lane = ANY($1::int4[]) AND state = 0 LIMIT $2) t`,
    [plainArray(lanes), most],
  );
  return rows[0]?.count ?? 0;
}

interface DueRecord {
  event_key: string;
  endpoint_no: number;
  lane: number;
  attempts: number;
  customer_id: string | null;
  type: string;
  body: string;
  created_at_ms: string;
}

function toDue(row: DueRecord): DueDelivery {
  return {
    eventKey: row.event_key.replaceAll('-', ''),
    endpointNo: row.endpoint_no,
    lane: row.lane,
    type: row.type,
    body: row.body,
    attempts: row.attempts,
    createdAtMs: Number(row.created_at_ms),
    customerId: row.customer_id ?? undefined,
  };
}
