import type pg from 'pg';
import { nameArray, plainArray } from '../array-literal.js';
import { DELIVERY_STATES } from './fan-out.js';

/** What a try came to. */
export interface SettledDelivery {
  readonly eventKey: string;
  readonly endpointNo: number;
  readonly state: 'waiting' | 'delivered' | 'dead';
  /** When it is tried next; of no meaning when it is finished. */
  readonly dueAtMs: number;
  readonly atMs: number;
  readonly succeeded: boolean;
  /** The attempt, as one line of JSON. */
  readonly line: string;
}

/** Characters of a delivery's log of attempts: a line has some 300; the oldest ones go. */
const TRIES_KEPT = 12_000;

/** Notes what a batch of tries came to. What was finished meanwhile, by another, stays finished. */
export async function settleDeliveries(
  client: pg.ClientBase,
  batch: readonly SettledDelivery[],
): Promise<void> {
  await client.query({
    name: 'settle-deliveries',
    text: `UPDATE webhook.delivery d
              SET state = v.state, attempts = least(d.attempts + 1, 1000), due_at_ms = v.due_at_ms,
                  finished_at_ms = CASE WHEN v.state >= 2 THEN v.at_ms END,
                  tries = right(d.tries || v.line || E'\\n', ${TRIES_KEPT})
             FROM unnest($1::uuid[], $2::int4[], $3::int2[], $4::int8[], $5::int8[], $6::text[])
               AS v (event_key, endpoint_no, state, due_at_ms, at_ms, line)
            WHERE d.event_key = v.event_key AND d.endpoint_no = v.endpoint_no AND d.state <= 1`,
    values: [
      plainArray(batch.map((one) => one.eventKey)),
      plainArray(batch.map((one) => one.endpointNo)),
      plainArray(batch.map((one) => DELIVERY_STATES[one.state])),
      plainArray(batch.map((one) => one.dueAtMs)),
      plainArray(batch.map((one) => one.atMs)),
      nameArray(batch.map((one) => one.line)),
    ],
  });
  await tally(client, batch);
}

interface Tally {
  succeeded: number;
  failed: number;
  lastAtMs: number;
  /** The last try of the batch. */
  isFailing: boolean;
  failingSinceMs: number;
}

async function tally(client: pg.ClientBase, batch: readonly SettledDelivery[]): Promise<void> {
  const tallies = new Map<number, Tally>();
  for (const { endpointNo, succeeded, atMs } of batch) {
    let one = tallies.get(endpointNo);
    if (one === undefined) {
      one = { succeeded: 0, failed: 0, lastAtMs: atMs, isFailing: false, failingSinceMs: atMs };
      tallies.set(endpointNo, one);
    }
    if (succeeded) one.succeeded += 1;
    else one.failed += 1;
    one.lastAtMs = Math.max(one.lastAtMs, atMs);
    one.isFailing = !succeeded;
  }
  // In one order, or two notifiers wait for each other.
  const rows = [...tallies].sort(([a], [b]) => a - b);
  await client.query({
    name: 'tally-endpoints',
    text: `INSERT INTO webhook.endpoint_tally AS t (endpoint_no, succeeded, failed, last_attempt_ms, failing_since_ms)
           SELECT v.endpoint_no, v.succeeded, v.failed, v.last_ms, v.failing_ms
             FROM unnest($1::int4[], $2::int8[], $3::int8[], $4::int8[], $5::int8[])
               AS v (endpoint_no, succeeded, failed, last_ms, failing_ms)
             JOIN webhook.endpoint p ON p.number = v.endpoint_no
           ON CONFLICT (endpoint_no) DO UPDATE
              SET succeeded = t.succeeded + excluded.succeeded, failed = t.failed + excluded.failed,
                  last_attempt_ms = greatest(t.last_attempt_ms, excluded.last_attempt_ms),
                  failing_since_ms = CASE WHEN excluded.failing_since_ms IS NULL THEN NULL
                                          WHEN excluded.succeeded > 0 THEN excluded.failing_since_ms
                                          ELSE coalesce(t.failing_since_ms, excluded.failing_since_ms) END`,
    values: [
      plainArray(rows.map(([number]) => number)),
      plainArray(rows.map(([, one]) => one.succeeded)),
      plainArray(rows.map(([, one]) => one.failed)),
      plainArray(rows.map(([, one]) => one.lastAtMs)),
      plainArray(rows.map(([, one]) => (one.isFailing ? one.failingSinceMs : 'NULL'))),
    ],
  });
}

/**
 * Gives up what waits for an endpoint in a lane, some of it: the endpoint is off for good. Visible, and to be sent again
 * on demand.
 *
 * @returns how many.
 */
export async function giveUpWaiting(
  pool: pg.Pool,
  of: {
    readonly lane: number;
    readonly endpointNo: number;
    readonly nowMs: number;
    readonly line: string;
    readonly limit: number;
  },
): Promise<number> {
  const { rowCount } = await pool.query(
    `UPDATE webhook.delivery d SET state = 3, finished_at_ms = $3, tries = right(d.tries || $4 || E'\\n', ${TRIES_KEPT})
       FROM (SELECT event_key FROM webhook.delivery WHERE lane = $1 AND endpoint_no = $2 AND state <= 1
                -- Whoever asks may not have heard yet that it is on again.
                AND NOT EXISTS (SELECT FROM webhook.endpoint p
                                 WHERE p.number = $2 AND p.enabled AND p.deleted_at_ms IS NULL)
              LIMIT $5) w
      WHERE d.event_key = w.event_key AND d.endpoint_no = $2 AND d.state <= 1`,
    [of.lane, of.endpointNo, of.nowMs, of.line, of.limit],
  );
  return rowCount ?? 0;
}

/** Endpoints of which nothing has succeeded since before `beforeMs`, and that are still on. */
export async function findLongFailing(pool: pg.Pool, beforeMs: number): Promise<number[]> {
  const { rows } = await pool.query<{ number: number }>(
    `SELECT p.number FROM webhook.endpoint p JOIN webhook.endpoint_tally t ON t.endpoint_no = p.number
      WHERE p.enabled AND p.deleted_at_ms IS NULL AND t.failing_since_ms < $1`,
    [beforeMs],
  );
  return rows.map((row) => row.number);
}
