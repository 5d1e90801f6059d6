import {
  copyDeliveries,
  copyEvents,
  type DueDelivery,
  type EndpointRow,
  endpointsOf,
  type EventRow,
  findKnownEvents,
  findUnfinished,
  moveCursor,
  type NewDelivery,
  numberEvents,
  pairName,
  type ToldCursor,
  withTransaction,
} from '@pacspace/ledger';
import { listensTo } from '@pacspace/webhooks';
import type pg from 'pg';
import { addressEvent, type Listeners, listenersOf } from './address-events.js';
import { describeItems, TYPES_OF } from './describe-items.js';
import type { ToldEvent } from './told-event.js';
import { endOf, itemsOf, type ParsedMessage, type ToldAt, type ToldItem } from './told-items.js';

export interface FanOutTools {
  readonly pool: pg.Pool;
  readonly now: () => number;
  /** Runs alone in the lane, as far as order goes: see Dispatcher. */
  readonly inOrder: <T>(lane: number, work: () => Promise<T>) => Promise<T>;
  /** Told of the endpoints as they are now. */
  readonly onEndpoints: (endpoints: readonly EndpointRow[]) => void;
  /** What is in the tables now and may be sent. */
  readonly offer: (delivery: DueDelivery) => void;
  readonly onEvents: (type: string, count: number) => void;
}

/** Items in one transaction, of those that somebody listens to: some 500 kB of bodies. */
const CHUNK = 500;

/**
 * Makes deliveries of what was told, chunk by chunk: events, deliveries and the cursor in one transaction, or nothing of
 * it. Killed anywhere, the next reader finds the cursor where the tables are, and goes on behind it.
 *
 * @returns the cursor behind the last message. @throws LedgerError FENCED, and what the data base throws.
 */
export async function fanOut(
  tools: FanOutTools,
  lane: number,
  { messages, from }: { readonly messages: readonly ParsedMessage[]; readonly from: ToldCursor },
): Promise<ToldCursor> {
  const end = endOf(messages, from);
  const listeners = await findListeners(tools, messages, from);
  let cursor = from;
  let chunk: ToldAt[] = [];
  const write = async (to: ToldCursor): Promise<void> => {
    await writeChunk(tools, { lane, told: chunk, listeners, from: cursor, to });
    cursor = to;
    chunk = [];
  };
  if (listeners.size > 0) {
    for (const told of itemsOf(messages, from)) {
      if (!isHeard(listeners, told.item)) continue;
      chunk.push(told);
      if (chunk.length >= CHUNK) await write(told.after);
    }
  }
  await write(end);
  return cursor;
}

async function findListeners(
  { pool, onEndpoints }: FanOutTools,
  messages: readonly ParsedMessage[],
  from: ToldCursor,
): Promise<Listeners> {
  const environments = new Set<string>();
  for (const { item } of itemsOf(messages, from)) environments.add(item.environmentId);
  const endpoints = await endpointsOf(pool, [...environments]);
  onEndpoints(endpoints);
  return Map.groupBy(endpoints, ({ environmentId }) => environmentId);
}

function isHeard(listeners: Listeners, { kind, environmentId }: ToldItem): boolean {
  const endpoints = listeners.get(environmentId) ?? [];
  return endpoints.some(({ events }) => TYPES_OF[kind].some((type) => listensTo(events, type)));
}

interface Chunk {
  readonly lane: number;
  readonly told: readonly ToldAt[];
  readonly listeners: Listeners;
  readonly from: ToldCursor;
  readonly to: ToldCursor;
}

async function writeChunk(tools: FanOutTools, chunk: Chunk): Promise<void> {
  const { pool, inOrder, offer, onEvents } = tools;
  const { lane, told, listeners, from, to } = chunk;
  const heard = (await describeItems(pool, lane, told))
    .map((event) => ({ event, endpoints: listenersOf(listeners, event) }))
    .filter(({ endpoints }) => endpoints.length > 0);
  const wantsOrder = heard.some(({ endpoints }) => endpoints.some(({ ordered }) => ordered));
  const work = async (): Promise<Written> =>
    withTransaction(pool, async (client) => {
      await moveCursor(client, from, to);
      return await writeEvents(client, { lane, heard, nowMs: tools.now() });
    });
  const { rows, deliveries } = wantsOrder ? await inOrder(lane, work) : await work();

  const events = new Map(rows.map((row) => [row.eventKey, row]));
  for (const { type } of rows) onEvents(type, 1);
  for (const { eventKey, endpointNo, state, customerId } of deliveries) {
    const event = events.get(eventKey);
    if (state !== 'waiting' || event === undefined) continue;
    const { type, body, createdAtMs } = event;
    offer({ eventKey, endpointNo, lane, type, body, attempts: 0, createdAtMs, customerId });
  }
}

interface Heard {
  readonly event: ToldEvent;
  readonly endpoints: readonly EndpointRow[];
}

interface Written {
  readonly rows: readonly EventRow[];
  readonly deliveries: readonly NewDelivery[];
}

async function writeEvents(
  client: pg.ClientBase,
  { lane, heard, nowMs }: { readonly lane: number; readonly heard: readonly Heard[]; readonly nowMs: number },
): Promise<Written> {
  if (heard.length === 0) return { rows: [], deliveries: [] };
  const fresh = await dropKnown(client, heard);
  const sequenceOf = await numberFresh(client, fresh);
  const isBehind = await findBehind(client, fresh);
  const rows: EventRow[] = [];
  const deliveries: NewDelivery[] = [];
  for (const { event, endpoints } of fresh) {
    const addressed = addressEvent(event, endpoints, {
      lane,
      nowMs,
      sequence: sequenceOf(event),
      isBehind: (endpoint) => isBehind(endpoint, event.customerId),
    });
    rows.push(addressed.row);
    deliveries.push(...addressed.deliveries);
  }
  await copyEvents(client, rows);
  await copyDeliveries(client, deliveries);
  return { rows, deliveries };
}

/** What was told before, or twice, is one event. */
async function dropKnown(client: pg.ClientBase, heard: readonly Heard[]): Promise<Heard[]> {
  const known = new Set(
    await findKnownEvents(
      client,
      heard.map(({ event }) => event.eventKey),
    ),
  );
  return heard.filter(({ event: { eventKey } }) => {
    if (known.has(eventKey)) return false;
    known.add(eventKey);
    return true;
  });
}

async function numberFresh(
  client: pg.ClientBase,
  fresh: readonly Heard[],
): Promise<(event: ToldEvent) => number> {
  const counts = new Map<string, { environmentId: string; customerId: string; count: number }>();
  const nameOf = ({ environmentId, customerId }: ToldEvent): string => `${environmentId}\n${customerId}`;
  for (const { event } of fresh) {
    const { environmentId, customerId } = event;
    if (customerId === '') continue;
    const known = counts.get(nameOf(event));
    if (known === undefined) counts.set(nameOf(event), { environmentId, customerId, count: 1 });
    else known.count += 1;
  }
  // In one order, or the facts' reader and the deltas' reader of a lane wait for each other.
  const ordered = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const before =
    ordered.length === 0
      ? []
      : await numberEvents(
          client,
          ordered.map(([, count]) => count),
        );
  const last = new Map(ordered.map(([name], place) => [name, before[place] ?? 0]));
  return (event) => {
    if (event.customerId === '') return 0;
    const sequence = (last.get(nameOf(event)) ?? 0) + 1;
    last.set(nameOf(event), sequence);
    return sequence;
  };
}

/** Says of an endpoint that wants order whether something of the customer's is ahead; from then on something is. */
async function findBehind(
  client: pg.ClientBase,
  fresh: readonly Heard[],
): Promise<(endpoint: EndpointRow, customerId: string) => boolean> {
  const pairs = new Map<string, { endpointNo: number; customerId: string }>();
  for (const { event, endpoints } of fresh) {
    const { customerId } = event;
    if (customerId === '') continue;
    for (const { number, ordered, enabled } of endpoints) {
      if (ordered && enabled) pairs.set(pairName(number, customerId), { endpointNo: number, customerId });
    }
  }
  const unfinished = new Set(await findUnfinished(client, [...pairs.values()]));
  return ({ number }, customerId) => {
    const name = pairName(number, customerId);
    const isBehind = unfinished.has(name);
    unfinished.add(name);
    return isBehind;
  };
}
