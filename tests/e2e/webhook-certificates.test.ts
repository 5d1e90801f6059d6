import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { listLog, testEndpoint, type WebhookTools } from '@pacspace/webhooks';
import { type Certificate, makeAuthority, selfSigned } from '../support/certificates.js';
import { addEndpoint, ENVIRONMENT, webhookEnv, webhookTools } from '../support/webhook-env.js';
import { startWebhookSink } from '../support/webhook-sink.js';

const HOST = 'IP:127.0.0.1';
const PATIENCE = { timeoutMs: 20_000, everyMs: 20 };

const ours = makeAuthority();

let gateway: TestGateway;
let notifier: SpawnedApp;
let tools: WebhookTools;

beforeAll(async () => {
  gateway = await spawnGateway();
  const authority = { WEBHOOK_ALLOW_HTTP: 'false', NODE_EXTRA_CA_CERTS: ours.file };
  notifier = await spawnApp('notifier', { ...gateway.env, ...webhookEnv, ...authority });
  tools = webhookTools(gateway.pool);
}, 120_000);

afterAll(async () => {
  await notifier.stop();
  await gateway.stop();
}, 60_000);

/** What the delivery log says of an event sent to a receiver with this certificate; and what came to it. */
async function sendTo(certificate: Certificate) {
  const sink = await startWebhookSink(certificate);
  try {
    const { id } = await addEndpoint(tools, { url: sink.urlOf('/') });
    await testEndpoint(tools, ENVIRONMENT, id);
    const delivery = await waitFor(async () => {
      const log = await listLog(tools, ENVIRONMENT, { id, limit: 1, offset: 0 });
      return log.deliveries.find(({ attempts }) => attempts > 0);
    }, PATIENCE);
    return { delivery, received: sink.received };
  } finally {
    await sink.close();
  }
}

it('delivers to a receiver whose certificate is of an authority that the notifier was told of', async () => {
  const { delivery, received } = await sendTo(ours.issue(HOST));
  expect(delivery).toMatchObject({ deliveryState: 'delivered', tries: [{ responseCode: 204 }] });
  expect(received.map(({ event }) => event.id)).toEqual([delivery.eventId]);
});

it.each<[string, () => Certificate, RegExp]>([
  [
    'is its own authority',
    () => selfSigned(HOST),
    /^self-signed certificate \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/,
  ],
  [
    'is of an authority that it was not told of',
    () => makeAuthority().issue(HOST),
    /UNABLE_TO_VERIFY_LEAF_SIGNATURE/,
  ],
  ['is of another host', () => ours.issue('DNS:receiver.test'), /ERR_TLS_CERT_ALTNAME_INVALID/],
])(
  'sends nothing to one whose certificate %s: the delivery log says why, and it is tried again',
  async (_, make, why) => {
    const { delivery, received } = await sendTo(make());
    expect(delivery).toMatchObject({
      deliveryState: 'pending',
      nextAttemptAt: expect.any(String),
      tries: [{ error: expect.stringMatching(why) }],
    });
    expect(delivery.tries[0]).not.toHaveProperty('responseCode');
    expect(received).toEqual([]);
  },
);
