import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhooks } from '@pacspace-io/sdk';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { type WebhookTools } from '@pacspace/webhooks';
import { Webhook } from 'standardwebhooks';
import { addEndpoint, webhookEnv, webhookTools } from '../support/webhook-env.js';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.js';

let gateway: TestGateway;
let apps: SpawnedApp[];
let sink: WebhookSink;
let tools: WebhookTools;

const PATIENCE = { timeoutMs: 20_000, everyMs: 20 };

beforeAll(async () => {
  [gateway, sink] = await Promise.all([spawnGateway({ lanes: 2 }), startWebhookSink()]);
  apps = await Promise.all(
    ['projector', 'notifier'].map((name) => spawnApp(name, { ...gateway.env, ...webhookEnv })),
  );
  tools = webhookTools(gateway.pool);
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await gateway.stop();
  await sink.close();
}, 60_000);

const emit = (customerId: string, delta: number | string, more: object = {}) =>
  gateway.post('/api/v1/balance/delta', { customerId, delta, reason: 'usage', ...more });

describe('an endpoint', () => {
  it('is told of what became true, signed for both families, and what it has got is in the log', async () => {
    const endpoint = await addEndpoint(tools, { url: sink.urlOf('/first'), events: ['delta.verified'] });
    const { body } = await emit('alice', '12.50', { referenceId: 'r-1', metadata: { model: 'x' } });
    await waitFor(() => sink.at('/first').length > 0, PATIENCE);
    const [received] = sink.at('/first');
    if (received === undefined) throw new Error('nothing came');
    const { event, headers, raw } = received;
    expect(event).toMatchObject({
      type: 'delta.verified',
      event: 'delta.verified',
      tenantId: 'ten_test',
      customerSequence: 1,
      data: {
        recordId: body.data.recordId,
        receiptId: body.data.receiptId,
        customerId: 'alice',
        delta: 12.5,
        amount: '12.5',
        sequenceNumber: '0',
        referenceId: 'r-1',
        metadata: { model: 'x' },
        proof: { fingerprint: body.data.fingerprint, index: 0 },
      },
    });
    expect(headers['x-event-id']).toBe(event.id);
    expect(headers['x-webhook-event']).toBe('delta.verified');
    expect(headers['content-type']).toBe('application/json');
    expect(Webhooks.verify(raw, headers, { secret: endpoint.secret })).toEqual(event);
    expect(new Webhook(endpoint.secret).verify(raw, headers as Record<string, string>)).toEqual(event);

    const log = await waitFor(async () => {
      const answer = await gateway.get('/api/v1/balance/webhooks?deliveryState=delivered');
      expect(answer.status).toBe(200);
      return answer.body.data.deliveries.length > 0 ? answer : undefined;
    }, PATIENCE);
    expect(log.body.data.deliveries[0]).toMatchObject({
      eventId: event.id,
      event: 'delta.verified',
      endpointId: endpoint.id,
      deliveryState: 'delivered',
      attempts: 1,
      tries: [{ responseCode: 204 }],
      request: { body: raw },
    });
  });
});
