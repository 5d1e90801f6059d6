import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import type { WebhookTools } from '@pacspace/webhooks';
import { addEndpoint, webhookEnv, webhookTools } from '../support/webhook-env.js';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.js';
import { readMetric } from '../system/operations.js';

let gateway: TestGateway;
let projector: SpawnedApp;
let notifiers: SpawnedApp[] = [];
let sink: WebhookSink;
let tools: WebhookTools;

const LANES = 4;
const PATIENCE = { timeoutMs: 40_000, everyMs: 20 };

const spawnNotifier = () => spawnApp('notifier', { ...gateway.env, ...webhookEnv });

beforeAll(async () => {
  [gateway, sink] = await Promise.all([spawnGateway({ lanes: LANES }), startWebhookSink()]);
  [projector, notifiers[0]] = await Promise.all([spawnApp('projector', gateway.env), spawnNotifier()]);
  tools = webhookTools(gateway.pool);
}, 120_000);

afterAll(async () => {
  await Promise.all([projector, ...notifiers].map((app) => app.stop()));
  await gateway.stop();
  await sink.close();
}, 60_000);

const lanesOf = (notifier: SpawnedApp) =>
  readMetric(notifier, 'pacspace_notifier_lanes', { activity: 'reading' });

/** Emits so many deltas of a few customers. @returns their record ids */
async function emit(name: string, count: number): Promise<Set<string>> {
  const deltas = Array.from({ length: count }, (_, n) => ({
    customerId: `${name}_${n % 17}`,
    delta: 1,
    reason: 'usage',
  }));
  const { body } = await gateway.post('/api/v1/balance/delta/batch', { deltas });
  expect(body.data.totalQueued).toBe(count);
  return new Set((body.data.results as { recordId: string }[]).map(({ recordId }) => recordId));
}

const recordsAt = (path: string) => new Set(sink.at(path).map(({ event }) => event.data.recordId as string));
const eventsAt = (path: string) => new Set(sink.at(path).map(({ event }) => event.id as string));

/** All that is to be delivered is, and the tables say so. */
async function untilSettled(endpointId: string, count: number): Promise<void> {
  await waitFor(async () => {
    const { rows } = await gateway.pool.query<{ delivered: number; all: number }>(
      `SELECT count(*) FILTER (WHERE state = 2)::int4 AS delivered, count(*)::int4 AS all FROM webhook.delivery d
         JOIN webhook.endpoint p ON p.number = d.endpoint_no WHERE p.id = $1`,
      [endpointId],
    );
    return rows[0]?.delivered === count && rows[0].all === count;
  }, PATIENCE);
}

describe('a notifier', () => {
  it('is killed while it delivers: its successor delivers the rest, each event under one id', async () => {
    sink.behave('/killed', (_received, response) => void sleep(5).then(() => response.writeHead(204).end()));
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/killed'), events: ['delta.verified'] });
    const records = await emit('killed', 3_000);
    await waitFor(() => recordsAt('/killed').size >= 200, PATIENCE);
    await notifiers[0]!.kill9();
    expect(recordsAt('/killed').size).toBeLessThan(records.size);
    notifiers = [await spawnNotifier()];
    await waitFor(() => recordsAt('/killed').size === records.size, PATIENCE);
    await untilSettled(id, records.size);
    expect(recordsAt('/killed')).toEqual(records);
    expect(eventsAt('/killed').size).toBe(records.size);
  }, 120_000);

  it('is killed while it writes what is to be delivered, again and again: nothing is lost or written twice', async () => {
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/early'), events: ['delta.verified'] });
    const records = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      for (const record of await emit(`early_${round}`, 2_000)) records.add(record);
      // Somewhere in the writing: it begins as soon as the projector has told of the first turn.
      await sleep(40 * (round + 1));
      await notifiers[0]!.kill9();
      notifiers = [await spawnNotifier()];
    }
    await waitFor(() => recordsAt('/early').size === records.size, PATIENCE);
    await untilSettled(id, records.size);
    expect(eventsAt('/early').size).toBe(records.size);
  }, 120_000);

  it('is joined by another: they share the lanes, and one that is told to stop sends nothing twice', async () => {
    notifiers.push(await spawnNotifier());
    await waitFor(
      async () => (await Promise.all(notifiers.map(lanesOf))).every((lanes) => lanes === LANES / 2),
      PATIENCE,
    );
    sink.behave('/shared', (_received, response) => void sleep(5).then(() => response.writeHead(204).end()));
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/shared'), events: ['delta.verified'] });
    const records = await emit('shared', 3_000);
    await waitFor(() => recordsAt('/shared').size >= 200, PATIENCE);
    expect(await notifiers[0]!.stop()).toBe(0);
    notifiers.shift();
    await waitFor(() => recordsAt('/shared').size === records.size, PATIENCE);
    await untilSettled(id, records.size);
    await waitFor(async () => (await lanesOf(notifiers[0]!)) === LANES, PATIENCE);
    expect(sink.at('/shared')).toHaveLength(records.size);
  }, 120_000);

  it('finds an endpoint’s order again after it was killed in the middle of it', async () => {
    sink.behave('/ordered', (_received, response) => void sleep(2).then(() => response.writeHead(204).end()));
    const { id } = await addEndpoint(tools, {
      url: sink.urlOf('/ordered'),
      events: ['delta.verified'],
      ordered: true,
    });
    const records = await emit('ordered', 600);
    await waitFor(() => recordsAt('/ordered').size >= 100, PATIENCE);
    await notifiers[0]!.kill9();
    notifiers = [await spawnNotifier()];
    await waitFor(() => recordsAt('/ordered').size === records.size, PATIENCE);
    await untilSettled(id, records.size);
    const firsts = new Map<string, Set<string>>();
    const order = new Map<string, number[]>();
    for (const { event } of sink.at('/ordered')) {
      const { customerId } = event.data as { customerId: string };
      const seen = firsts.get(customerId) ?? new Set<string>();
      firsts.set(customerId, seen);
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      order.set(customerId, [...(order.get(customerId) ?? []), event.customerSequence as number]);
    }
    for (const sequences of order.values()) expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  }, 120_000);

  it('says how much waits, and since when', async () => {
    sink.behave('/stuck', (_received, response) => response.writeHead(503, { 'retry-after': '600' }).end());
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/stuck'), events: ['delta.verified'] });
    await emit('stuck', 50);
    await waitFor(
      async () => (await readMetric(notifiers[0]!, 'pacspace_notifier_waiting_deliveries')) === 50,
      PATIENCE,
    );
    // All of them have failed, and are due again; the endpoint takes one at a time.
    sink.behave('/stuck', () => undefined);
    await gateway.pool.query(
      `UPDATE webhook.delivery SET due_at_ms = $2 WHERE endpoint_no = (SELECT number FROM webhook.endpoint WHERE id = $1)`,
      [id, Date.now() - 3_600_000],
    );
    await waitFor(
      async () => (await readMetric(notifiers[0]!, 'pacspace_notifier_overdue_seconds')) >= 3_600,
      PATIENCE,
    );
  }, 60_000);
});
