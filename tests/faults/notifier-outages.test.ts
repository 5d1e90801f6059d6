import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type FaultProxy,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  startFaultProxy,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import { addEndpoint, webhookEnv, webhookTools } from '../support/webhook-env.js';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.js';
import { readHealth } from '../system/operations.js';

jest.setTimeout(120_000);

const PATIENCE = { timeoutMs: 60_000, everyMs: 50 };
const DELTAS = 1_500;

let gateway: TestGateway;
let projector: SpawnedApp;
/** Alone reaches its stores through the proxies. */
let notifier: SpawnedApp;
let postgres: FaultProxy;
let nats: FaultProxy;
let sink: WebhookSink;

beforeAll(async () => {
  [gateway, sink] = await Promise.all([spawnGateway(), startWebhookSink()]);
  [postgres, nats] = await Promise.all([
    startFaultProxy(gateway.env['DATABASE_URL'] ?? ''),
    startFaultProxy(gateway.nats.url),
  ]);
  const stores = { DATABASE_URL: postgres.url, NATS_URL: nats.url };
  [projector, notifier] = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('notifier', { ...gateway.env, ...webhookEnv, ...stores }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([projector, notifier].map((app) => app.stop()));
  await Promise.all([postgres, nats].map((proxy) => proxy.stop()));
  await gateway.stop();
  await sink.close();
}, 60_000);

/** @returns the record ids of so many deltas, of a few customers in all lanes. */
async function emit(name: string): Promise<string[]> {
  const deltas = Array.from({ length: DELTAS }, (_, n) => ({
    ...{ customerId: `${name}_${n % 17}`, delta: 1, reason: 'usage' },
  }));
  const { body } = await gateway.post('/api/v1/balance/delta/batch', { deltas });
  expect(body.data.totalQueued).toBe(DELTAS);
  return (body.data.results as { recordId: string }[]).map(({ recordId }) => recordId);
}

/** The ids of the events that came, by the record that each is about. */
function told(path: string): Map<string, Set<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { event } of sink.at(path)) {
    const { recordId } = event.data as { recordId: string };
    ids.set(recordId, (ids.get(recordId) ?? new Set()).add(event.id as string));
  }
  return ids;
}

/** Deliveries of an endpoint, as they are noted. */
async function countNoted(endpointId: string): Promise<{ delivered: number; all: number }> {
  const { rows } = await gateway.pool.query<{ delivered: number; all: number }>(
    `SELECT count(*) FILTER (WHERE state = 2)::int4 AS delivered, count(*)::int4 AS all FROM webhook.delivery d
       JOIN webhook.endpoint p ON p.number = d.endpoint_no WHERE p.id = $1`,
    [endpointId],
  );
  return rows[0]!;
}

async function begin(proxy: FaultProxy, how: 'refuses' | 'hangs'): Promise<void> {
  if (how === 'refuses') await proxy.refuse();
  else proxy.pause();
}

async function end(proxy: FaultProxy, how: 'refuses' | 'hangs'): Promise<void> {
  if (how === 'refuses') await proxy.accept();
  else proxy.resume();
}

describe.each([
  { store: 'Postgres', proxyOf: () => postgres, check: 'lanes', how: 'refuses' },
  { store: 'Postgres', proxyOf: () => postgres, check: 'lanes', how: 'hangs' },
  { store: 'NATS', proxyOf: () => nats, check: 'log', how: 'refuses' },
  { store: 'NATS', proxyOf: () => nats, check: 'log', how: 'hangs' },
] as const)('while $store $how', ({ store, proxyOf, check, how }) => {
  it('says so, and afterwards delivers all that it missed, each event under its one id', async () => {
    const name = `${store}_${how}`;
    const path = `/${name}`;
    sink.behave(path, (_received, response) => void sleep(5).then(() => response.writeHead(204).end()));
    const tools = webhookTools(gateway.pool);
    const { id } = await addEndpoint(tools, { url: sink.urlOf(path), events: ['delta.verified'] });
    const records = await emit(name);
    await waitFor(() => told(path).size >= 100, PATIENCE);

    await begin(proxyOf(), how);
    try {
      records.push(...(await emit(name)));
      await waitFor(async () => {
        const { ready, checks } = await readHealth(notifier);
        return !ready && checks[check] === 'failed';
      }, PATIENCE);
      expect(told(path).size).toBeLessThan(records.length);
    } finally {
      await end(proxyOf(), how);
    }
    await waitFor(() => told(path).size === records.length, PATIENCE);
    await waitFor(async () => (await countNoted(id)).delivered === records.length, PATIENCE);
    expect((await countNoted(id)).all).toBe(records.length);
    const ids = told(path);
    expect([...ids.keys()].toSorted()).toEqual(records.toSorted());
    expect([...ids.values()].filter((one) => one.size !== 1)).toEqual([]);
    await waitFor(async () => {
      const { ready, state } = await readHealth(notifier);
      return ready && state === 'ok';
    }, PATIENCE);
  });
});
