import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhooks } from '@pacspace-io/sdk';
import { laneOf } from '@pacspace/domain';
import { connectLog, openDeltaLog, publishFact } from '@pacspace/log';
import {
  freePort,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  startProgram,
  type TestAnswer,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import {
  changeEndpoint,
  deleteEndpoint,
  getEndpoint,
  listEndpoints,
  listLog,
  replay,
  rotateSecret,
  testEndpoint,
  type WebhookTools,
} from '@pacspace/webhooks';
import { Webhook } from 'standardwebhooks';
import { projectNode } from '../../tools/servers/index.mjs';
import { addEndpoint, ENVIRONMENT, webhookEnv, webhookTools } from '../support/webhook-env.js';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.js';
import { readMetric } from '../system/operations.js';

let gateway: TestGateway;
let apps: Record<string, SpawnedApp>;
let sink: WebhookSink;
let tools: WebhookTools;

const LANES = 2;
const PATIENCE = { timeoutMs: 20_000, everyMs: 20 };
/** For what the notifier does every ten seconds. */
const LONG_PATIENCE = { timeoutMs: 30_000, everyMs: 100 };

beforeAll(async () => {
  [gateway, sink] = await Promise.all([spawnGateway({ lanes: LANES }), startWebhookSink()]);
  const env = { ...gateway.env, ...webhookEnv };
  const names = ['projector', 'checkpointer', 'comparer', 'notifier'];
  const spawned = await Promise.all(names.map(async (name) => [name, await spawnApp(name, env)] as const));
  apps = Object.fromEntries(spawned);
  tools = webhookTools(gateway.pool);
}, 120_000);

/** Each test with endpoints of its own. */
afterEach(async () => {
  const { webhooks } = await listEndpoints(tools, ENVIRONMENT, { limit: 100, offset: 0 });
  for (const { id } of webhooks) await deleteEndpoint(tools, ENVIRONMENT, id);
});

afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.stop()));
  await gateway.stop();
  await sink.close();
}, 60_000);

async function emit(customerId: string, delta: number | string = 1, more: object = {}) {
  const answer = await gateway.post('/api/v1/balance/delta', { customerId, delta, reason: 'usage', ...more });
  expect(answer.status).toBe(201);
  return answer.body.data;
}

const cameTo = (path: string, count = 1) =>
  waitFor(() => (sink.at(path).length >= count ? sink.at(path) : undefined), PATIENCE);

/** Two gateways take one key for two deltas while nothing is recorded: the projector decides, and rejects the second. */
async function emitConflict(customerId: string): Promise<void> {
  const [env, other] = [{ ...gateway.env }, await spawnApp('gateway', gateway.env)];
  await apps['projector']!.stop();
  for (const [delta, { baseUrl }] of [gateway.app, other].entries()) {
    const answer = await fetch(`${baseUrl}/api/v1/balance/delta`, {
      method: 'POST',
      headers: {
        'x-api-key': gateway.keys.test,
        'content-type': 'application/json',
        'idempotency-key': 'same',
      },
      body: JSON.stringify({ customerId, delta: delta + 1, reason: 'usage' }),
    });
    expect(answer.status).toBe(201);
  }
  apps['projector'] = await spawnApp('projector', env);
  await other.stop();
}

/** As whoever makes a report does: told more than once it is one event. */
async function tellReport({ body }: TestAnswer): Promise<void> {
  const { reportId, customerId, createdAt } = body.data as Record<string, string>;
  const connection = await connectLog({ url: gateway.env['NATS_URL']!, name: 'test' });
  const log = await openDeltaLog(connection, { lanes: LANES });
  const fact = {
    v: 1,
    kind: 'compared',
    environmentId: ENVIRONMENT,
    customerId,
    reportId,
    madeAtMs: Date.parse(createdAt!),
  } as const;
  const lane = laneOf(ENVIRONMENT, customerId!, LANES);
  for (const id of ['one', 'two'])
    await publishFact(log, lane, { id, fact: { ...fact, reportId: reportId! } });
  await connection.close();
}

const logOf = (id: string) => listLog(tools, ENVIRONMENT, { id, limit: 100, offset: 0 });

/** Lets the time pass that a delivery waits for its next try. */
const passTime = () => gateway.pool.query('UPDATE webhook.delivery SET due_at_ms = 1 WHERE state = 0');

describe('an event', () => {
  it('is told once it is true, signed for both families, and what became of it is in the log', async () => {
    const endpoint = await addEndpoint(tools, { url: sink.urlOf('/first'), events: ['delta.verified'] });
    const emitted = await emit('alice', '12.50', { referenceId: 'r-1', metadata: { model: 'x' } });
    const [received] = await cameTo('/first');
    const { event, headers, raw } = received!;
    expect(event).toMatchObject({
      type: 'delta.verified',
      event: 'delta.verified',
      tenantId: 'ten_test',
      timestamp: event.createdAt,
      customerSequence: 1,
      data: {
        recordId: emitted.recordId,
        receiptId: emitted.receiptId,
        customerId: 'alice',
        delta: 12.5,
        amount: '12.5',
        sequenceNumber: '0',
        referenceId: 'r-1',
        reason: 'usage',
        metadata: { model: 'x' },
        proof: { fingerprint: emitted.fingerprint, index: 0 },
      },
    });
    const delta = await gateway.get(`/api/v1/balance/delta/${emitted.recordId}`);
    expect(delta.body.data).toMatchObject({ status: 'VERIFIED' });
    expect(headers['x-event-id']).toBe(event.id);
    expect(headers['x-webhook-event']).toBe('delta.verified');
    expect(headers['content-type']).toBe('application/json');
    expect(Webhooks.verify(raw, headers, { secret: endpoint.secret })).toEqual(event);
    expect(new Webhook(endpoint.secret).verify(raw, headers as Record<string, string>)).toEqual(event);

    const log = await waitFor(async () => {
      const answer = await gateway.get('/api/v1/balance/webhooks?deliveryState=delivered');
      return answer.body.data.deliveries.length > 0 ? answer.body.data.deliveries : undefined;
    }, PATIENCE);
    expect(log[0]).toMatchObject({
      eventId: event.id,
      event: 'delta.verified',
      endpointId: endpoint.id,
      deliveryState: 'delivered',
      attempts: 1,
      tries: [{ responseCode: 204 }],
      request: { body: raw },
    });
  });

  it('is told of everything that is promised, each to those that listen', async () => {
    await addEndpoint(tools, { url: sink.urlOf('/all') });
    await addEndpoint(tools, { url: sink.urlOf('/some'), events: ['customer.created', 'delta.failed'] });
    await emit('bob', 5, { idempotencyKey: undefined });
    await emitConflict('bob');
    await gateway.post('/api/v1/balance/checkpoint', { customerId: 'bob' });
    await tellReport(
      await gateway.post('/api/v1/balance/compare', { customerId: 'bob', yourBalance: 1, theirBalance: 2 }),
    );
    const seen = () => new Set(sink.at('/all').map(({ event }) => event.type as string));
    await waitFor(() => seen().size === 6, LONG_PATIENCE);
    const byType = Object.fromEntries(sink.at('/all').map(({ event }) => [event.type, event.data]));
    expect(byType['customer.created']).toMatchObject({ customerId: 'bob' });
    expect(byType['delta.failed']).toMatchObject({
      status: 'FAILED',
      error: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    expect(byType['customer.compare_run']).toMatchObject({
      customerId: 'bob',
      kind: 'balances',
      matches: false,
    });
    expect(byType['checkpoint.verified']).toMatchObject({ customerId: 'bob', status: 'VERIFIED' });
    expect(byType['receipt.generated']).toMatchObject({
      proofRoot: byType['checkpoint.verified'].proofRoot,
      finalBalance: byType['checkpoint.verified'].closingBalance,
    });
    const compared = sink.at('/all').filter(({ event }) => event.type === 'customer.compare_run');
    expect(new Set(compared.map(({ event }) => event.id as string)).size).toBe(1);
    const some = new Set(sink.at('/some').map(({ event }) => event.type as string));
    expect([...some].toSorted()).toEqual(['customer.created', 'delta.failed']);
    const sequences = sink.at('/all').map(({ event }) => event.customerSequence as number);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(sequences.map((_, n) => n + 1));
  }, 60_000);
});

describe('an endpoint', () => {
  it('hears nothing while its owner has it off, and again when it is on', async () => {
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/off'), events: ['delta.verified'] });
    const of = { environmentId: ENVIRONMENT, id };
    await changeEndpoint(tools, of, { enabled: false, description: 'resting' });
    const other = await addEndpoint(tools, { url: sink.urlOf('/witness'), events: ['delta.verified'] });
    await emit('carol', 1);
    await cameTo('/witness');
    await changeEndpoint(tools, of, { enabled: true });
    await emit('carol', 2);
    const [heard] = await cameTo('/off');
    expect(heard!.event.data.delta).toBe(2);
    expect(sink.at('/off')).toHaveLength(1);
    expect(await getEndpoint(tools, ENVIRONMENT, other.id)).not.toHaveProperty('secret');
  });

  it('has a secret that is nowhere in the data base, and that signs for a day beside its successor', async () => {
    const { id, secret } = await addEndpoint(tools, { url: sink.urlOf('/rotating') });
    const { rows } = await gateway.pool.query<{ row: string }>(
      'SELECT endpoint::text AS row FROM webhook.endpoint WHERE id = $1',
      [id],
    );
    expect(rows[0]?.row).toContain('rotating');
    expect(rows[0]?.row).not.toContain(Buffer.from(secret).toString('hex'));
    expect(rows[0]?.row).not.toContain(secret);
    const rotated = await rotateSecret(tools, ENVIRONMENT, id);
    expect(Date.parse(rotated.previousSecretValidUntil) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
    await testEndpoint(tools, ENVIRONMENT, id);
    const [first] = await cameTo('/rotating');
    expect(first!.event.type).toBe('webhook.test');
    expect(first!.headers['x-pacspace-signature']).toMatch(/^v1=[0-9a-f]{64},v1=[0-9a-f]{64}$/);
    for (const one of [secret, rotated.secret]) {
      expect(Webhooks.verify(first!.raw, first!.headers, { secret: one })).toBeDefined();
      expect(new Webhook(one).verify(first!.raw, first!.headers as Record<string, string>)).toBeDefined();
    }
    // A day later.
    await gateway.pool.query(
      'UPDATE webhook.endpoint SET previous_until_ms = 1, version = version + 1 WHERE id = $1',
      [id],
    );
    await waitFor(
      async () => {
        await testEndpoint(tools, ENVIRONMENT, id);
        return sink
          .at('/rotating')
          .some(({ headers }) => /^v1=[0-9a-f]{64}$/.test(String(headers['x-pacspace-signature'])));
      },
      { ...PATIENCE, everyMs: 200 },
    );
    const last = sink.at('/rotating').at(-1)!;
    expect(() => Webhooks.verify(last.raw, last.headers, { secret })).toThrow('no signature');
  });

  it('is tried again when it fails, no sooner than it asks for; given up after ten tries, and sent again on demand', async () => {
    sink.behave('/failing', (_received, response) =>
      response.writeHead(503, { 'retry-after': '3600' }).end('busy'),
    );
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/failing'), events: ['delta.verified'] });
    const before = Date.now();
    await emit('dave', 7);
    await cameTo('/failing');
    const waiting = await waitFor(async () => {
      const [one] = (await logOf(id)).deliveries;
      return one?.attempts === 1 ? one : undefined;
    }, PATIENCE);
    expect(waiting).toMatchObject({
      deliveryState: 'pending',
      tries: [{ responseCode: 503, response: 'busy' }],
    });
    expect(Date.parse(waiting.nextAttemptAt!) - before).toBeGreaterThanOrEqual(3_600_000);

    const dead = await waitFor(
      async () => {
        const [one] = (await logOf(id)).deliveries;
        if (one?.deliveryState === 'failed') return one;
        await passTime();
        return undefined;
      },
      { ...LONG_PATIENCE, everyMs: 50 },
    );
    expect(dead.attempts).toBe(10);
    expect(new Set(sink.at('/failing').map(({ event }) => event.id as string)).size).toBe(1);

    sink.behave('/failing', (_received, response) => response.writeHead(200).end());
    const retried = await gateway.post(`/api/v1/balance/webhooks/${dead.eventId}/retry`, {});
    expect(retried.status).toBe(201);
    expect(retried.body.data).toMatchObject({ eventId: dead.eventId, queued: 1 });
    await waitFor(async () => (await logOf(id)).deliveries[0]?.deliveryState === 'delivered', PATIENCE);
    expect(await getEndpoint(tools, ENVIRONMENT, id)).toMatchObject({ successCount: 1, failureCount: 10 });
  }, 60_000);

  it('is sent again what failed since a time, or all that was sent in it', async () => {
    sink.behave('/replayed', (received, response) =>
      response.writeHead(received.event.data.delta > 1 ? 410 : 200).end(),
    );
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/replayed'), events: ['delta.verified'] });
    const since = new Date(Date.now() - 1_000).toISOString();
    const of = { environmentId: ENVIRONMENT, id };
    await emit('erin', 1);
    await emit('erin', 2);
    await waitFor(
      async () => (await getEndpoint(tools, ENVIRONMENT, id)).disabledReason === 'gone',
      PATIENCE,
    );
    await waitFor(
      async () => (await logOf(id)).deliveries.every(({ deliveryState }) => deliveryState !== 'pending'),
      PATIENCE,
    );
    await expect(replay(tools, of, { since })).rejects.toThrow('enable it first');
    sink.behave('/replayed', (_received, response) => response.writeHead(200).end());
    await changeEndpoint(tools, of, { enabled: true });
    expect(await replay(tools, of, { since })).toEqual({ queued: 1, more: false });
    await waitFor(
      () => sink.at('/replayed').filter(({ event }) => event.data.delta === 2).length === 2,
      PATIENCE,
    );
    await waitFor(
      async () => (await logOf(id)).deliveries.every(({ deliveryState }) => deliveryState === 'delivered'),
      PATIENCE,
    );
    expect(await replay(tools, of, { since, only: 'all' })).toEqual({ queued: 2, more: false });
    await waitFor(() => sink.at('/replayed').length === 5, PATIENCE);
    await expect(replay(tools, of, {})).rejects.toThrow('since must be given');
  });

  it('that says that it is gone, or has failed for too long, is off, and the operator sees it', async () => {
    sink.behave('/gone', (_received, response) => response.writeHead(410).end());
    sink.behave('/sick', (_received, response) => response.writeHead(500).end());
    const gone = await addEndpoint(tools, { url: sink.urlOf('/gone'), events: ['delta.verified'] });
    const sick = await addEndpoint(tools, { url: sink.urlOf('/sick'), events: ['delta.verified'] });
    await emit('frank', 1);
    await waitFor(
      async () => (await getEndpoint(tools, ENVIRONMENT, gone.id)).disabledReason === 'gone',
      PATIENCE,
    );
    await waitFor(async () => (await getEndpoint(tools, ENVIRONMENT, sick.id)).failureCount > 0, PATIENCE);
    // Six days later.
    await gateway.pool.query(
      'UPDATE webhook.endpoint_tally SET failing_since_ms = 1 WHERE failing_since_ms IS NOT NULL',
    );
    await waitFor(
      async () => (await getEndpoint(tools, ENVIRONMENT, sick.id)).disabledReason === 'failing',
      LONG_PATIENCE,
    );
    expect(await getEndpoint(tools, ENVIRONMENT, sick.id)).toMatchObject({ enabled: false });
    for (const state of ['gone', 'failing']) {
      await waitFor(
        async () => (await readMetric(apps['notifier']!, 'pacspace_notifier_endpoints', { state })) === 1,
        LONG_PATIENCE,
      );
    }
    expect(apps['notifier']!.logs()).toContain('a webhook has failed for too long: disabled');
    const tried = sink.at('/sick').length;
    // What comes for it meanwhile is in its log, to be sent again.
    await emit('frank', 2);
    await waitFor(async () => {
      const { deliveries } = await logOf(sick.id);
      return deliveries.length === 2 && deliveries.every(({ deliveryState }) => deliveryState === 'failed');
    }, PATIENCE);
    expect(sink.at('/sick')).toHaveLength(tried);
  }, 90_000);

  it('that hangs, answers without end, or with what is no answer, is in nobody’s way', async () => {
    sink.behave('/hangs', () => undefined);
    sink.behave('/endless', (_received, response) => {
      response.writeHead(200);
      const more = setInterval(() => response.write('x'.repeat(1_000)), 20);
      response.on('close', () => clearInterval(more));
    });
    sink.behave('/moved', (_received, response) =>
      response.writeHead(302, { location: sink.urlOf('/lured') }).end(),
    );
    sink.behave('/closes', (_received, response) => response.socket?.destroy());
    const bad = ['/hangs', '/endless', '/moved', '/closes'];
    const good = Array.from({ length: 20 }, (_, n) => `/good/${n}`);
    for (const path of [...bad, ...good]) {
      await addEndpoint(tools, { url: sink.urlOf(path), events: ['delta.verified'] });
    }
    const deltas = Array.from({ length: 30 }, (_, n) => ({
      customerId: `grace_${n % 3}`,
      delta: n + 1,
      reason: 'usage',
    }));
    await gateway.post('/api/v1/balance/delta/batch', { deltas });
    for (const path of good) await cameTo(path, 30);
    // Not one answer has come from it, and a request is still open there.
    expect(sink.at('/hangs').length).toBeLessThan(30);
    expect(sink.at('/lured')).toEqual([]);
    for (const path of good) {
      expect(new Set(sink.at(path).map(({ event }) => event.id as string)).size).toBe(30);
    }
  }, 60_000);

  it('that wants order gets a customer’s events one after the other, whatever fails', async () => {
    let failures = 0;
    const answered: number[] = [];
    sink.behave('/ordered', ({ event }, response) => {
      const { delta } = event.data as { delta: number };
      if (delta % 5 === 0 && failures < delta / 5) {
        failures += 1;
        response.writeHead(500).end();
        return;
      }
      answered.push(delta);
      setTimeout(() => response.writeHead(200).end(), 3 * (delta % 4));
    });
    await addEndpoint(tools, { url: sink.urlOf('/ordered'), events: ['delta.verified'], ordered: true });
    const all = Array.from({ length: 40 }, (_, n) => n + 1);
    for (const piece of [all.slice(0, 13), all.slice(13, 30), all.slice(30)]) {
      await gateway.post('/api/v1/balance/delta/batch', {
        deltas: piece.map((delta) => ({ customerId: 'heidi', delta, reason: 'usage' })),
      });
    }
    await waitFor(
      async () => {
        await passTime();
        return answered.length >= all.length;
      },
      { ...LONG_PATIENCE, everyMs: 100 },
    );
    expect(answered).toEqual(all);
    expect(failures).toBe(8);
    const sequences = sink.at('/ordered').map(({ event }) => event.customerSequence as number);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
  }, 60_000);

  it('may be the SDK’s example, run as it stands', async () => {
    const port = await freePort();
    const { secret } = await addEndpoint(tools, {
      url: `http://127.0.0.1:${port}/`,
      events: ['delta.verified'],
    });
    const script = join(import.meta.dirname, '../../libs/sdk/examples/receive-webhooks.mjs');
    const { ended, output, process } = startProgram([projectNode(), script], {
      env: { PORT: String(port), PACSPACE_WEBHOOK_SECRET: secret },
    });
    try {
      await waitFor(() => output().includes('listening'), PATIENCE);
      await emit('ivan', '0.1');
      await emit('ivan', '0.2');
      await waitFor(
        () => output().includes('ivan: 0.1 → 0.1') && output().includes('ivan: 0.2 → 0.3'),
        PATIENCE,
      );
      const forged = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
      expect(forged.status).toBe(400);
    } finally {
      process.kill();
      await ended;
    }
  });
});

describe('the routes for keys', () => {
  it('refuse what is not valid, know no other environment’s events, and page', async () => {
    const bad = await gateway.get('/api/v1/balance/webhooks?limit=101&deliveryState=lost');
    expect(bad.status).toBe(400);
    expect(bad.body.error.fields.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'deliveryState',
      'limit',
    ]);
    const page = await gateway.get('/api/v1/balance/webhooks?limit=1&offset=1');
    expect(page.body.data).toMatchObject({ pagination: { limit: 1, offset: 1 } });
    const other = await gateway.get('/api/v1/balance/webhooks', gateway.keys.live);
    expect(other.body.data).toEqual({ deliveries: [], pagination: { limit: 25, offset: 0, hasMore: false } });
    for (const id of ['evt_x', `evt_${'0'.repeat(32)}`]) {
      const answer = await gateway.post(`/api/v1/balance/webhooks/${id}/retry`, {});
      expect(answer.status).toBe(404);
    }
  });
});
