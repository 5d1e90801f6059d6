import type pg from 'pg';
import { nameArray, plainArray } from '../array-literal.js';
import { COPY_NULL, copyRows, copyText } from '../copy-text.js';
import { LedgerError } from '../errors.js';

/** How far a subject of the event stream has been read. */
export interface ToldCursor {
  readonly subject: string;
  /** Of the stream: all messages up to it are done, and of the next one so many parts. */
  readonly sequence: number;
  readonly parts: number;
  /** Of the log: the deltas up to it have been heard of. */
  readonly logSequence: number;
}

/** An event as it is sent. Keys are 32 hex digits. */
export interface EventRow {
  readonly eventKey: string;
  readonly environmentId: string;
  /** Empty: of no customer. */
  readonly customerId: string;
  readonly type: string;
  /** Place among the customer's events, from 1. */
  readonly sequence: number;
  readonly createdAtMs: number;
  readonly body: string;
}

export const DELIVERY_STATES = { waiting: 0, held: 1, delivered: 2, dead: 3 } as const;
export type DeliveryState = keyof typeof DELIVERY_STATES;

export interface NewDelivery {
  readonly eventKey: string;
  readonly endpointNo: number;
  readonly lane: number;
  readonly state: 'waiting' | 'held' | 'dead';
  readonly createdAtMs: number;
  readonly dueAtMs: number;
  /** Of endpoints that want order alone. */
  readonly customerId: string | undefined;
  /** Why it is dead from the start, as a line of the attempts' log; else empty. */
  readonly tries: string;
}

/** Made when it is not there: at the stream's beginning. */
export async function openCursor(pool: pg.Pool, subject: string): Promise<ToldCursor> {
  await pool.query('INSERT INTO webhook.told (subject) VALUES ($1) ON CONFLICT DO NOTHING', [subject]);
  const { rows } = await pool.query<{ sequence: string; parts: number; log_sequence: string }>(
    'SELECT sequence, parts, log_sequence FROM webhook.told WHERE subject = $1',
    [subject],
  );
  const [row] = rows;
  if (row === undefined) throw new Error(`the cursor of ${subject} was made and is not there`);
  return {
    subject,
    sequence: Number(row.sequence),
    parts: row.parts,
    logSequence: Number(row.log_sequence),
  };
}

/**
 * Moves a cursor, from exactly where its reader knew it: within the transaction that writes what the reader made of what
 * it read. Whoever finds it elsewhere is not the lane's reader any more.
 *
 * @throws LedgerError FENCED
 */
export async function moveCursor(
  client: pg.Pool | pg.ClientBase,
  from: ToldCursor,
  to: ToldCursor,
): Promise<void> {
  const { rowCount } = await client.query({
    name: 'move-told',
    text: `UPDATE webhook.told SET sequence = $4, parts = $5, log_sequence = $6
            WHERE subject = $1 AND sequence = $2 AND parts = $3`,
    values: [from.subject, from.sequence, from.parts, to.sequence, to.parts, to.logSequence],
  });
  if (rowCount !== 1) {
    throw new LedgerError(
      'FENCED',
      `${from.subject} is no longer at ${from.sequence}: another notifier reads it`,
    );
  }
}

/** Those of the keys of which there is an event already. */
export async function findKnownEvents(
  client: pg.ClientBase,
  eventKeys: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ event_key: string }>({
    name: 'find-known-events',
    text: 'SELECT event_key FROM webhook.event WHERE event_key = ANY($1::uuid[])',
    values: [plainArray(eventKeys)],
  });
  return new Set(rows.map((row) => row.event_key.replaceAll('-', '')));
}

export interface CustomerCount {
  readonly environmentId: string;
  readonly customerId: string;
  readonly count: number;
}

/**
 * Numbers the next events of each customer.
 *
 * @returns of each, in the order given, the number before its first new one.
 */
export async function numberEvents(
  client: pg.ClientBase,
  customers: readonly CustomerCount[],
): Promise<number[]> {
  const { rows } = await client.query<{ environment_id: string; customer_id: string; count: string }>({
    name: 'number-events',
    text: `INSERT INTO webhook.customer_events AS c (environment_id, customer_id, count)
           SELECT * FROM unnest($1::text[], $2::text[], $3::int8[])
           ON CONFLICT (environment_id, customer_id) DO UPDATE SET count = c.count + excluded.count
           RETURNING environment_id, customer_id, count`,
    values: [
      nameArray(customers.map((one) => one.environmentId)),
      nameArray(customers.map((one) => one.customerId)),
      plainArray(customers.map((one) => one.count)),
    ],
  });
  const after = new Map(rows.map((row) => [`${row.environment_id}\n${row.customer_id}`, Number(row.count)]));
  return customers.map(
    ({ environmentId, customerId, count }) => (after.get(`${environmentId}\n${customerId}`) ?? 0) - count,
  );
}

/** Pairs of an endpoint that wants order and a customer of whom it has not got everything yet. */
export async function findUnfinished(
  client: pg.ClientBase,
  pairs: readonly { readonly endpointNo: number; readonly customerId: string }[],
): Promise<ReadonlySet<string>> {
  if (pairs.length === 0) return new Set();
  const { rows } = await client.query<{ endpoint_no: number; customer_id: string }>({
    name: 'find-unfinished',
    text: `SELECT v.endpoint_no, v.customer_id
             FROM unnest($1::int4[], $2::text[]) AS v (endpoint_no, customer_id)
            WHERE EXISTS (SELECT FROM webhook.delivery d
                           WHERE d.endpoint_no = v.endpoint_no AND d.customer_id = v.customer_id AND d.state <= 1)`,
    values: [
      plainArray(pairs.map((pair) => pair.endpointNo)),
      nameArray(pairs.map((pair) => pair.customerId)),
    ],
  });
  return new Set(rows.map((row) => pairName(row.endpoint_no, row.customer_id)));
}

export const pairName = (endpointNo: number, customerId: string): string => `${endpointNo}\n${customerId}`;

export async function copyEvents(client: pg.ClientBase, events: readonly EventRow[]): Promise<void> {
  await copyRows(client, EVENT_TARGET, events.length === 0 ? [] : [events.map(eventLine).join('')]);
}

const EVENT_TARGET =
  'webhook.event (created_at_ms, sequence, event_key, environment_id, customer_id, type, body)';

function eventLine(row: EventRow): string {
  return (
    `${row.createdAtMs}\t${row.sequence}\t${row.eventKey}\t${copyText(row.environmentId)}\t${row.customerId}\t` +
    `${row.type}\t${copyText(row.body)}\n`
  );
}

export async function copyDeliveries(
  client: pg.ClientBase,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  await copyRows(
    client,
    DELIVERY_TARGET,
    deliveries.length === 0 ? [] : [deliveries.map(deliveryLine).join('')],
  );
}

const DELIVERY_TARGET = `webhook.delivery (created_at_ms, due_at_ms, finished_at_ms, endpoint_no, lane, state, event_key,
  customer_id, tries)`;

function deliveryLine(row: NewDelivery): string {
  return (
    `${row.createdAtMs}\t${row.dueAtMs}\t${row.state === 'dead' ? row.createdAtMs : COPY_NULL}\t${row.endpointNo}\t` +
    `${row.lane}\t${DELIVERY_STATES[row.state]}\t${row.eventKey}\t${row.customerId ?? COPY_NULL}\t${copyText(row.tries)}\n`
  );
}
