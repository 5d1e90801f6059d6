import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { run } from '../run.js';

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

const asked: Asked[] = [];
const OK = { status: 200, headers: {}, body: { success: true, data: { ok: true } } };
let answer: { readonly status: number; readonly headers?: object; readonly body: object } = OK;
const server = createServer((request, response) => {
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => {
    const { method = '', url = '', headers } = request;
    asked.push({ method, url, headers, body: text === '' ? undefined : JSON.parse(text) });
    response
      .writeHead(answer.status, { ...answer.headers, 'content-type': 'application/json' })
      .end(JSON.stringify(answer.body));
  });
});
let baseUrl: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked.length = 0;
  answer = OK;
});

const collect = (stream: PassThrough): (() => string) => {
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
};

function start(args: readonly string[], env: Record<string, string> = {}) {
  const [stdout, stderr, stop] = [new PassThrough(), new PassThrough(), new AbortController()];
  const [out, err] = [collect(stdout), collect(stderr)];
  const context = { env, cwd: '/', stdout, stderr, interrupted: stop.signal };
  return { done: run(['webhooks', ...args], context), out, err, stderr, stop: () => stop.abort() };
}

async function webhooks(...args: readonly string[]) {
  const { done, out, err } = start(args, {
    PACSPACE_API_BASE_URL: baseUrl,
    PACSPACE_API_KEY: 'pk_test_x.y',
    PACSPACE_TOKEN: 'session-token-of-16',
  });
  return { code: await done, out: out(), err: err() };
}

describe('pacspace webhooks', () => {
  it.each([
    [
      ['log', '--state', 'failed', '--limit', '5'],
      'GET /api/v1/balance/webhooks?deliveryState=failed&limit=5',
      undefined,
    ],
    [['retry', 'evt_1'], 'POST /api/v1/balance/webhooks/evt_1/retry', {}],
    [['list', '--environment', 'live'], 'GET /dashboard/webhooks?environment=live', undefined],
    [
      ['create', 'https://a.example/', '--event', 'delta.verified', '--event', 'delta.failed', '--ordered'],
      'POST /dashboard/webhooks',
      { url: 'https://a.example/', events: ['delta.verified', 'delta.failed'], ordered: true },
    ],
    [['update', 'whk_1', '--disable'], 'PATCH /dashboard/webhooks/whk_1', { enabled: false }],
    [
      ['update', 'a/b', '--enable', '--description', 'x'],
      'PATCH /dashboard/webhooks/a%2Fb',
      { enabled: true, description: 'x' },
    ],
    [['delete', 'whk_1'], 'DELETE /dashboard/webhooks/whk_1', {}],
    [['test', 'whk_1'], 'POST /dashboard/webhooks/whk_1/test', {}],
    [['rotate-secret', 'whk_1'], 'POST /dashboard/webhooks/whk_1/rotate-secret', {}],
    [
      ['deliveries', 'whk_1', '--offset', '5'],
      'GET /dashboard/webhooks/whk_1/deliveries?offset=5',
      undefined,
    ],
    [
      ['replay', 'whk_1', '--since', '2026-11-24T00:00:00Z', '--all'],
      'POST /dashboard/webhooks/whk_1/replay',
      { since: '2026-11-24T00:00:00Z', only: 'all' },
    ],
  ])('%j asks for the right thing, with the right credential', async (args, request, body) => {
    const { code, out } = await webhooks(...args);
    expect({ code, out: JSON.parse(out) as unknown }).toEqual({ code: 0, out: { ok: true } });
    const [one] = asked;
    expect(`${one?.method} ${one?.url}`).toBe(request);
    expect(one?.body).toEqual(body);
    const isKey = request.includes('/api/v1/');
    expect(one?.headers['x-api-key']).toBe(isKey ? 'pk_test_x.y' : undefined);
    expect(one?.headers.authorization).toBe(isKey ? undefined : 'Bearer session-token-of-16');
  });

  it('hands on what the service refuses with', async () => {
    answer = { status: 409, body: { success: false, error: { message: 'enable it first' } } };
    expect(await webhooks('test', 'whk_1')).toMatchObject({
      code: 3,
      err: 'pacspace: enable it first\n',
    });
  });

  it('follows no redirect: it would carry the key to another host', async () => {
    const elsewhere = createServer((request, response) => {
      asked.push({ method: 'elsewhere', url: request.url ?? '', headers: request.headers, body: undefined });
      response.end(JSON.stringify(OK.body));
    });
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    answer = { status: 307, headers: { location }, body: {} };
    const refused = { code: 3, err: expect.stringContaining(`it points to ${location}`) as unknown };
    expect(await webhooks('log')).toMatchObject(refused);
    expect(await webhooks('list')).toMatchObject(refused);
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  it('says that a mistake that the service finds is one of the command line', async () => {
    answer = { status: 400, body: { success: false, error: { message: 'limit must be a whole number' } } };
    expect(await webhooks('log', '--limit', 'x')).toMatchObject({
      code: 2,
      err: 'pacspace: limit must be a whole number\n',
    });
  });

  it.each([
    [[], 'which action'],
    [['dance'], 'no such action'],
    [['retry'], 'Give EVENT_ID'],
    [['update', 'whk_1', '--enable', '--disable'], 'exclude each other'],
    [['listen', '--port', 'x'], '--port must be'],
    [['listen', '--secret', 'x'], 'begins with whsec_'],
    [['listen', 'a', 'b'], 'too much'],
  ])('says what is wrong with %j', async (args, words) => {
    const { code, err } = await webhooks(...args);
    expect(code).toBe(2);
    expect(err).toContain(words);
    expect(asked).toEqual([]);
  });

  it('wants a session for what manages webhooks', async () => {
    const { done, err } = start(['list'], {
      PACSPACE_API_BASE_URL: baseUrl,
      PACSPACE_API_KEY: 'pk_test_x.y',
    });
    expect(await done).toBe(2);
    expect(err()).toContain('give --token or PACSPACE_TOKEN');
  });
});

describe('pacspace webhooks listen', () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const body = JSON.stringify({ id: 'evt_1', type: 'delta.verified', data: { delta: 1 } });
  const headers = () => ({
    'x-webhook-event': 'delta.verified',
    'x-event-id': 'evt_1',
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', new Date(), body),
  });

  async function listening(...args: string[]) {
    const started = start(['listen', '--port', '0', ...args]);
    await once(started.stderr, 'data');
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(started.err())?.[0] ?? '';
    const post = async (text: string, sent: Record<string, string>): Promise<number> =>
      (await fetch(url, { method: 'POST', body: text, headers: sent })).status;
    return { ...started, post };
  }

  it('prints what comes, says whether its signature is right, and ends when it is interrupted', async () => {
    const { post, out, done, stop } = await listening('--secret', secret);
    expect(await post(body, headers())).toBe(204);
    expect(out()).toContain('delta.verified  evt_1');
    expect(out()).toContain('signature valid · answered 204');
    expect(out()).toContain('"delta": 1');
    expect(await post(`${body} `, headers())).toBe(400);
    expect(out()).toContain('signature refused');
    stop();
    expect(await done).toBe(0);
  });

  it('prints lines of JSON, and answers as it is told', async () => {
    const { post, out, done, stop } = await listening('--json', '--answer', '503');
    expect(await post(body, {})).toBe(503);
    expect(JSON.parse(out())).toMatchObject({
      signature: 'not checked',
      answered: 503,
      body: JSON.parse(body) as object,
    });
    stop();
    expect(await done).toBe(0);
  });
});
