import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhooks } from '@pacspace-io/sdk';
import { freePort, type RunningProgram, spawnApp, type SpawnedApp, waitFor } from '@pacspace/testing';
import { webhookEnv } from '../support/webhook-env.js';
import { startWebhookSink, type WebhookSink } from '../support/webhook-sink.js';
import { startPacspace } from '../system/commands.js';
import { type ConsoleSystem, PASSWORD, startConsoleSystem, type Visitor } from '../system/console.js';

let system: ConsoleSystem;
let notifier: SpawnedApp;
let sink: WebhookSink;
let owner: Visitor;

const EMAIL = 'webhooks@example.com';

beforeAll(async () => {
  [system, sink] = await Promise.all([startConsoleSystem(webhookEnv), startWebhookSink()]);
  notifier = await spawnApp('notifier', { ...system.system.env, ...webhookEnv });
  owner = await system.signUp(EMAIL);
}, 120_000);

afterAll(async () => {
  await notifier.stop();
  await system.close();
  await sink.close();
}, 60_000);

/** `npx pacspace webhooks …` as somebody types it. */
const cli = (args: readonly string[], env: Record<string, string> = {}): RunningProgram =>
  startPacspace(['webhooks', ...args], { env: { PACSPACE_API_BASE_URL: system.gateway.baseUrl, ...env } });

describe('webhooks in the dashboard', () => {
  it('are made with a secret that is shown once, tried out, changed, rotated and deleted; all of it is in the trail', async () => {
    const created = await owner.post('/dashboard/webhooks', {
      url: sink.urlOf('/made'),
      description: 'mine',
      events: ['delta.verified'],
    });
    expect(created).toMatchObject({ status: 201, body: { data: { enabled: true, environment: 'test' } } });
    const { id, secret } = created.body.data as { id: string; secret: string };
    const path = `/dashboard/webhooks/${id}`;
    const listed = await owner.get('/dashboard/webhooks');
    expect(listed.body.data).toMatchObject({
      webhooks: [{ id, lastTriggered: null, successCount: 0, failureCount: 0 }],
      pagination: { page: 1, total: 1 },
    });
    expect(JSON.stringify([listed.body, (await owner.get(path)).body])).not.toContain(secret.slice(6));

    const test = await owner.post(`${path}/test`);
    expect(test).toMatchObject({ status: 201, body: { data: { event: 'webhook.test' } } });
    await waitFor(() => sink.at('/made').length === 1);
    const [received] = sink.at('/made');
    expect(Webhooks.verify(received!.raw, received!.headers, { secret })).toMatchObject({
      id: test.body.data.eventId as string,
    });
    const log = await waitFor(async () => {
      const { body } = await owner.get(`${path}/deliveries?deliveryState=delivered`);
      return body.data.deliveries.length === 1 ? body.data.deliveries : undefined;
    });
    expect(log[0]).toMatchObject({ eventId: test.body.data.eventId, attempts: 1 });
    expect((await owner.get(path)).body.data.successCount).toBe(1);

    const off = await owner.patch(path, { enabled: false, description: 'resting' });
    expect(off.body.data).toMatchObject({
      enabled: false,
      disabledReason: 'operator',
      description: 'resting',
    });
    expect((await owner.post(`${path}/test`)).body.error.code).toBe('STATE_CONFLICT');
    await owner.patch(path, { enabled: true });
    const rotated = await owner.post(`${path}/rotate-secret`);
    expect(rotated.body.data.secret).not.toBe(secret);
    const replayed = await owner.post(`${path}/replay`, { since: new Date(0).toISOString(), only: 'all' });
    expect(replayed.body.data).toEqual({ queued: 1, more: false });
    await waitFor(() => sink.at('/made').length === 2);
    expect(sink.at('/made')[1]!.event.id).toBe(received!.event.id);

    expect((await owner.delete(path)).body.data).toEqual({ id, deleted: true });
    expect((await owner.get(path)).status).toBe(404);
    const trail = await owner.get('/dashboard/audit?limit=50');
    const acts = (trail.body.data.items as { action: string; target: string }[])
      .filter(({ target }) => target === id)
      .map(({ action }) => action);
    expect(new Set(acts)).toEqual(
      new Set(['create', 'change', 'rotate-secret', 'replay', 'delete'].map((action) => `webhook.${action}`)),
    );
    expect(JSON.stringify(trail.body)).not.toContain('whsec_');
  });

  it.each([
    ['https://user:pass@example.com/', 'no user name'],
    ['https://example.com:22/', 'port below'],
    ['https://10.0.0.1/', 'inside address'],
    ['http://[fd00::1]:8080/', 'inside address'],
    ['https://167772161/', 'inside address'],
    ['nonsense', 'must be a URL'],
  ])('refuse %s', async (url, words) => {
    const answer = await owner.post('/dashboard/webhooks', { url });
    expect(answer).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'url' }] } } });
    expect(answer.body.error.message).toContain(words);
  });

  it('refuse events that there are not, and bodies that change nothing', async () => {
    const answer = await owner.post('/dashboard/webhooks', {
      url: sink.urlOf('/x'),
      events: ['delta.dreamt'],
    });
    expect(answer).toMatchObject({ status: 400, body: { error: { fields: [{ path: 'events.0' }] } } });
    expect((await owner.get('/dashboard/webhooks?environment=live')).body.error.code).toBe(
      'ENVIRONMENT_NOT_READY',
    );
  });

  it('are nobody else’s: another tenant finds none of them', async () => {
    const { body } = await owner.post('/dashboard/webhooks', { url: sink.urlOf('/mine') });
    const path = `/dashboard/webhooks/${body.data.id as string}`;
    const stranger = await system.signUp('stranger@example.com', 'Globex');
    const answers = [
      await stranger.get(path),
      await stranger.patch(path, { enabled: false }),
      await stranger.post(`${path}/test`),
      await stranger.post(`${path}/rotate-secret`),
      await stranger.get(`${path}/deliveries`),
      await stranger.post(`${path}/replay`, { since: new Date(0).toISOString() }),
      await stranger.delete(path),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect((await owner.get(path)).body.data.enabled).toBe(true);
  });

  it('are managed from the command line, and heard by it', async () => {
    const login = await system.visitor().post('/dashboard/auth/login', {
      email: EMAIL,
      password: PASSWORD,
      session: 'bearer',
    });
    const session = { PACSPACE_TOKEN: login.body.data.session.token as string };
    const ask = async (...args: string[]) => {
      const { code, output } = await cli(args, session).ended;
      expect({ code, output }).toEqual({ code: 0, output: expect.any(String) });
      return JSON.parse(output) as Record<string, unknown>;
    };
    const port = await freePort();
    const { id, secret } = (await ask(
      'create',
      `http://127.0.0.1:${port}/`,
      '--event',
      'delta.verified',
    )) as {
      id: string;
      secret: string;
    };
    const listener = cli(['listen', '--port', String(port), '--secret', secret]);
    try {
      await waitFor(() => listener.output().includes('listening on'));
      await ask('test', id);
      await waitFor(() => listener.output().includes('signature valid · answered 204'));
      expect(listener.output()).toContain('webhook.test');
    } finally {
      listener.process.kill('SIGINT');
    }
    expect((await listener.ended).code).toBe(0);
    expect(await ask('update', id, '--disable')).toMatchObject({ enabled: false });
    expect(await ask('delete', id)).toEqual({ id, deleted: true });
  });
});
