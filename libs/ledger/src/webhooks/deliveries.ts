import type pg from 'pg';
import { plainArray } from '../array-literal.js';
import { DELIVERY_STATES, type DeliveryState, type EventRow, copyEvents } from './fan-out.js';
import { withTransaction } from '../with-transaction.js';

/** A delivery as the log of deliveries shows it. */
export interface LoggedDelivery {
  readonly eventKey: string;
  readonly endpointId: string;
  readonly url: string;
  readonly state: DeliveryState;
  readonly type: string;
  readonly customerId: string;
  readonly sequence: number;
  /** Of the event. */
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  readonly finishedAtMs: number | undefined;
  /** One JSON object a line; the first line may be cut off at its beginning. */
  readonly tries: string;
  readonly body: string;
}

export interface DeliveryQuery {
  readonly environmentId: string;
  /** Of one endpoint; else of all. */
  readonly endpointNo?: number | undefined;
  /** Else in any state. */
  readonly states?: readonly DeliveryState[] | undefined;
  readonly limit: number;
  readonly offset: number;
}

const COLUMNS = `d.event_key, p.id AS endpoint_id, p.url, d.state, d.due_at_ms, d.finished_at_ms, d.tries, e.type,
  e.customer_id, e.sequence, e.created_at_ms, e.body`;

/** The latest first. From each endpoint's log as many as the page may need, which are then put together. */
export async function listDeliveries(pool: pg.Pool, query: DeliveryQuery): Promise<LoggedDelivery[]> {
  const { rows } = await pool.query<LoggedRecord>(
    `SELECT ${COLUMNS}
       FROM (SELECT d.* FROM webhook.endpoint p
              CROSS JOIN LATERAL (
                    SELECT * FROM webhook.delivery d
                     WHERE d.endpoint_no = p.number AND ($3::int2[] IS NULL OR d.state = ANY($3))
                     ORDER BY d.created_at_ms DESC, d.ordinal DESC LIMIT $4::int8 + $5::int8) d
              WHERE p.environment_id = $1 AND ($2::int4 IS NULL OR p.number = $2) AND p.deleted_at_ms IS NULL
              ORDER BY d.created_at_ms DESC, d.ordinal DESC LIMIT $4::int8 OFFSET $5::int8) d
       JOIN webhook.endpoint p ON p.number = d.endpoint_no
       JOIN webhook.event e ON e.event_key = d.event_key
      ORDER BY d.created_at_ms DESC, d.ordinal DESC`,
    [
      query.environmentId,
      query.endpointNo ?? null,
      query.states === undefined ? null : plainArray(query.states.map((state) => DELIVERY_STATES[state])),
      query.limit,
      query.offset,
    ],
  );
  return rows.map(toLogged);
}

/** What became of one event, by endpoint. */
export async function findDeliveries(
  pool: pg.Pool,
  environmentId: string,
  eventKey: string,
): Promise<LoggedDelivery[]> {
  const { rows } = await pool.query<LoggedRecord>(
    `SELECT ${COLUMNS} FROM webhook.delivery d
       JOIN webhook.endpoint p ON p.number = d.endpoint_no AND p.deleted_at_ms IS NULL
       JOIN webhook.event e ON e.event_key = d.event_key
      WHERE d.event_key = $2 AND e.environment_id = $1 ORDER BY p.number`,
    [environmentId, eventKey],
  );
  return rows.map(toLogged);
}

/**
 * Sends an event again, to the endpoint named or to all that it went to; what waits is sent at once. One that is sent
 * again keeps its id, has a new round of tries, and stands in no order.
 *
 * @returns how many deliveries.
 */
export async function replayEvent(
  pool: pg.Pool,
  of: {
    readonly environmentId: string;
    readonly eventKey: string;
    readonly endpointNo?: number | undefined;
    readonly nowMs: number;
  },
): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE webhook.delivery d
        SET state = CASE WHEN d.state = 1 THEN 1 ELSE 0 END, due_at_ms = $3, finished_at_ms = NULL,
            attempts = CASE WHEN d.state <= 1 THEN d.attempts ELSE 0 END,
            customer_id = CASE WHEN d.state <= 1 THEN d.customer_id END
       FROM webhook.endpoint p
      WHERE d.event_key = $2 AND p.number = d.endpoint_no AND p.environment_id = $1 AND p.deleted_at_ms IS NULL
        AND p.enabled AND ($4::int4 IS NULL OR p.number = $4)`,
    [of.environmentId, of.eventKey, of.nowMs, of.endpointNo ?? null],
  );
  return rowCount ?? 0;
}

export interface ReplayRange {
  readonly endpointNo: number;
  /** By the event's time; the end is not included. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The given-up ones alone; else the delivered ones, too. */
  readonly onlyDead: boolean;
  readonly nowMs: number;
  readonly most: number;
}

/**
 * Sends again what is finished of an endpoint's events in a range of time, the oldest first, up to `most`.
 *
 * @returns how many, and the time to go on from when that were not all.
 */
export async function replayRange(
  pool: pg.Pool,
  range: ReplayRange,
): Promise<{ readonly count: number; readonly nextFromMs: number | undefined }> {
  const { rows } = await pool.query<{ created_at_ms: string }>(
    `UPDATE webhook.delivery d
        SET state = 0, attempts = 0, due_at_ms = $5, finished_at_ms = NULL, customer_id = NULL
       FROM (SELECT event_key FROM webhook.delivery
              WHERE endpoint_no = $1 AND created_at_ms >= $2 AND created_at_ms < $3 AND state >= $4
              ORDER BY created_at_ms, ordinal LIMIT $6) w
      WHERE d.event_key = w.event_key AND d.endpoint_no = $1 AND d.state >= $4
      RETURNING d.created_at_ms`,
    [range.endpointNo, range.fromMs, range.toMs, range.onlyDead ? 3 : 2, range.nowMs, range.most],
  );
  const last = rows.reduce((latest, row) => Math.max(latest, Number(row.created_at_ms)), 0);
  return { count: rows.length, nextFromMs: rows.length < range.most ? undefined : last };
}

/** Puts an event on its way to one endpoint: for trying it out. */
export async function sendEvent(pool: pg.Pool, event: EventRow, endpointNo: number): Promise<void> {
  await withTransaction(pool, async (client) => {
    await copyEvents(client, [event]);
    // Of no customer, so of no order: any lane will do, and this one is always there.
    await client.query(
      `INSERT INTO webhook.delivery (created_at_ms, due_at_ms, endpoint_no, lane, event_key) VALUES ($1, $1, $2, 0, $3)`,
      [event.createdAtMs, endpointNo, event.eventKey],
    );
  });
}

/** An endpoint no longer wants order: what was held back waits like any other. */
export async function releaseHeld(pool: pg.Pool, endpointNo: number, nowMs: number): Promise<void> {
  await pool.query(
    `UPDATE webhook.delivery SET due_at_ms = CASE WHEN state = 1 THEN $2 ELSE due_at_ms END, state = 0, customer_id = NULL
      WHERE endpoint_no = $1 AND state <= 1 AND customer_id IS NOT NULL`,
    [endpointNo, nowMs],
  );
}

interface LoggedRecord {
  event_key: string;
  endpoint_id: string;
  url: string;
  state: number;
  due_at_ms: string;
  finished_at_ms: string | null;
  tries: string;
  type: string;
  customer_id: string;
  sequence: string;
  created_at_ms: string;
  body: string;
}

const STATES = Object.keys(DELIVERY_STATES) as DeliveryState[];

function toLogged(row: LoggedRecord): LoggedDelivery {
  return {
    eventKey: row.event_key.replaceAll('-', ''),
    endpointId: row.endpoint_id,
    url: row.url,
    state: STATES[row.state] ?? 'dead',
    type: row.type,
    customerId: row.customer_id,
    sequence: Number(row.sequence),
    createdAtMs: Number(row.created_at_ms),
    dueAtMs: Number(row.due_at_ms),
    finishedAtMs: row.finished_at_ms === null ? undefined : Number(row.finished_at_ms),
    tries: row.tries,
    body: row.body,
  };
}
