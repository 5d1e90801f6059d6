import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AddressPolicy } from '@pacspace/webhooks';
import { guardedAgent, type GuardOptions } from './guarded-agent.js';
import { sendRequest } from './send-request.js';

/** For 127.0.0.1, vouched for by nobody; valid for a hundred years, and used here alone. */
const SELF_SIGNED_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvaIGMMvLt42B/IYG
P0b2zl6K9XljCnSSDM2hGcP4QWOhRANCAAT0Riiht6hsFRjjRkROqdgamvKqLwD8
+DHVqz045Sv8Xmh2vLGKxIuZwgXgZQBVAYKJdscO4VPqIQO0V+pwZObq
-----END PRIVATE KEY-----
`;
const SELF_SIGNED_CERT = `-----BEGIN CERTIFICATE-----
MIIBkTCCATagAwIBAgIUY6XW4d1m2hoLlCLu6RQcgCu7s3QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyNDEyNDYwMVoYDzIxMjYxMDMx
MTI0NjAxWjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAT0Riiht6hsFRjjRkROqdgamvKqLwD8+DHVqz045Sv8Xmh2vLGKxIuZ
wgXgZQBVAYKJdscO4VPqIQO0V+pwZObqo2QwYjAdBgNVHQ4EFgQUEsSjptEolbGP
1RqkquBdTqikaQ0wHwYDVR0jBBgwFoAUEsSjptEolbGP1RqkquBdTqikaQ0wDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0kAMEYC
IQCibtzJFUUU39bbrNQPqjVk810MG/6izSkvqqnyGghQPgIhAIjbwoz6zPHqUoFW
kHkY9y9hLqaFj93GXbfm6qEp7/tD
-----END CERTIFICATE-----
`;

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A receiver that does with each connection's requests what it is told, byte by byte. */
async function listen(
  onRequest: (socket: Socket, count: number) => void,
): Promise<{ port: number; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    let text = '';
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.endsWith('{}')) return;
      text = '';
      count += 1;
      onRequest(socket, count);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets };
}

function send(
  url: string,
  options: Partial<GuardOptions> & { timeoutMs?: number; signal?: AbortSignal } = {},
) {
  const { timeoutMs = 5_000, signal = new AbortController().signal, ...guard } = options;
  const policy = new AddressPolicy(['127.0.0.0/8']);
  const client = guardedAgent({ policy, connectTimeoutMs: 1_000, ...guard });
  ends.push(() => client.destroy());
  const ask = () => sendRequest(client, { url, headers: {}, body: '{}', timeoutMs, signal });
  return { ask, answer: ask() };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('sendRequest', () => {
  it('says what was answered, and uses the connection again', async () => {
    const { port, sockets } = await listen((socket) => socket.write(OK));
    const { ask, answer } = send(`http://127.0.0.1:${port}/`);
    expect(await answer).toEqual({ kind: 'answer', code: 200, text: 'ok', retryAfter: undefined });
    for (let n = 0; n < 20; n += 1) expect(await ask()).toMatchObject({ code: 200 });
    // A second one may be opened while the first is just about to be free.
    expect(sockets.length).toBeLessThanOrEqual(2);
  });

  it('follows no redirect, and asks nobody else', async () => {
    const other = await listen((socket) => socket.write(OK));
    const { port } = await listen((socket) =>
      socket.write(
        `HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:${other.port}/\r\ncontent-length: 0\r\n\r\n`,
      ),
    );
    expect(await send(`http://127.0.0.1:${port}/`).answer).toMatchObject({ kind: 'answer', code: 307 });
    expect(other.sockets).toHaveLength(0);
  });

  it('hands on Retry-After', async () => {
    const { port } = await listen((socket) =>
      socket.write('HTTP/1.1 503 x\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n'),
    );
    expect(await send(`http://127.0.0.1:${port}/`).answer).toMatchObject({ code: 503, retryAfter: '120' });
  });

  it('waits for an answer no longer than it is told, and does not keep the connection', async () => {
    const { port, sockets } = await listen(() => undefined);
    const answer = await send(`http://127.0.0.1:${port}/`, { timeoutMs: 100 }).answer;
    expect(answer).toEqual({ kind: 'error', reason: 'no answer within 100 ms' });
    await Promise.all(sockets.filter(({ destroyed }) => !destroyed).map((socket) => once(socket, 'close')));
  });

  it('gives the same time to headers that never end', async () => {
    const { port } = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n');
      const timer = setInterval(() => socket.write('x-more: 1\r\n'), 10);
      socket.on('close', () => clearInterval(timer));
    });
    expect(await send(`http://127.0.0.1:${port}/`, { timeoutMs: 200 }).answer).toMatchObject({
      kind: 'error',
    });
  });

  it('takes a status for an answer, and of an endless body the beginning only', async () => {
    const { port } = await listen((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
      const piece = `400\r\n${'x'.repeat(1024)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on('drain', more);
      more();
    });
    const answer = await send(`http://127.0.0.1:${port}/`).answer;
    expect(answer).toMatchObject({ kind: 'answer', code: 200, text: 'x'.repeat(500) });
  });

  it('takes a status for an answer whose body trickles and never ends', async () => {
    const { port } = await listen((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nslow'),
    );
    expect(await send(`http://127.0.0.1:${port}/`).answer).toMatchObject({ code: 200, text: 'slow' });
  });

  it.each([
    ['garbage', (socket: Socket) => socket.end('\x00\x01 not HTTP\r\n\r\n')],
    ['a close without an answer', (socket: Socket) => socket.end()],
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    [
      'headers without end',
      (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`),
    ],
  ])('fails for %s', async (_name, behave) => {
    const { port } = await listen((socket) => void behave(socket));
    expect(await send(`http://127.0.0.1:${port}/`).answer).toMatchObject({ kind: 'error' });
  });

  it('keeps of an answer only what can be stored', async () => {
    const { port } = await listen((socket) =>
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\na\0\xff', 'latin1'),
    );
    const answer = await send(`http://127.0.0.1:${port}/`).answer;
    expect(answer).toMatchObject({ text: 'a\ufffd' });
  });

  it('can be cut off', async () => {
    const { port } = await listen(() => undefined);
    const cutOff = new AbortController();
    const { answer } = send(`http://127.0.0.1:${port}/`, { signal: cutOff.signal });
    cutOff.abort();
    expect(await answer).toEqual({ kind: 'error', reason: 'cut off: the sender is shutting down' });
  });

  it('does not trust a certificate that nobody vouches for: not a byte of the request is sent', async () => {
    let heard = '';
    const server = createTlsServer({ key: SELF_SIGNED_KEY, cert: SELF_SIGNED_CERT }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
    });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    expect(await send(`https://127.0.0.1:${port}/`).answer).toMatchObject({
      kind: 'error',
      reason: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
    expect(heard).toBe('');
  });
});

describe('addresses', () => {
  const nowhere = new AddressPolicy();

  it.each(['127.0.0.1', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]'])(
    'refuses %s before anything is connected to',
    async (host) => {
      const { port, sockets } = await listen((socket) => socket.write(OK));
      const answer = await send(`http://${host}:${port}/`, { policy: nowhere }).answer;
      expect(answer).toMatchObject({ kind: 'error', reason: expect.stringContaining('inside address') });
      expect(sockets).toHaveLength(0);
    },
  );

  it('refuses a name that leads inside, whichever of its addresses does', async () => {
    const { port, sockets } = await listen((socket) => socket.write(OK));
    const resolve = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const answer = await send(`http://public.example:${port}/`, { policy: nowhere, resolve }).answer;
    expect(answer).toEqual({
      kind: 'error',
      reason: 'public.example leads to an inside address (127.0.0.1): refused',
    });
    expect(sockets).toHaveLength(0);
  });

  it('connects to the very address that it looked up: a name that leads elsewhere the second time gains nothing', async () => {
    const inside = await listen((socket) => socket.write(OK));
    let asked = 0;
    // The first answer is one that may be connected to (and where nobody listens), the second one is not.
    const resolve = () => {
      asked += 1;
      return Promise.resolve([{ address: asked === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
    };
    const policy = new AddressPolicy(['127.0.0.2/32']);
    const { ask, answer } = send(`http://rebinding.example:${inside.port}/`, { policy, resolve });
    expect(await answer).toMatchObject({ kind: 'error', reason: expect.stringContaining('ECONNREFUSED') });
    expect(asked).toBe(1);
    expect(await ask()).toMatchObject({ reason: expect.stringContaining('inside address (127.0.0.1)') });
    expect(asked).toBe(2);
    expect(inside.sockets).toHaveLength(0);
  });

  it('connects to the allowed ones of a name’s addresses', async () => {
    const { port } = await listen((socket) => socket.write(OK));
    const resolve = () =>
      Promise.resolve([
        { address: '10.0.0.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ]);
    expect(await send(`http://two.example:${port}/`, { resolve }).answer).toMatchObject({ code: 200 });
  });

  it('says of a name that is none', async () => {
    const resolve = () => Promise.reject(new Error('no such name'));
    expect(await send('http://none.example/', { resolve }).answer).toEqual({
      kind: 'error',
      reason: 'no such name',
    });
  });
});
