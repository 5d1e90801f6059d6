import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startFaultProxy } from './fault-proxy.js';
import { waitFor } from './wait-for.js';

/** An echo server, and a client that has reached it through the proxy. */
async function open() {
  const echo = createServer((socket) => void socket.on('error', () => undefined).pipe(socket));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await startFaultProxy(`tcp://127.0.0.1:${(echo.address() as AddressInfo).port}`);
  const dial = async (): Promise<Socket & { received: string }> => {
    const socket = Object.assign(connect(proxy.port, '127.0.0.1'), { received: '' });
    socket.on('error', () => undefined); // at the latest when the proxy stops
    socket.on('data', (chunk: Buffer) => (socket.received += chunk.toString()));
    await once(socket, 'connect');
    return socket;
  };
  const close = async () => {
    await proxy.stop();
    echo.close();
  };
  return { proxy, dial, [Symbol.asyncDispose]: close };
}

describe('the fault proxy', () => {
  it('holds everything back while it is paused, and loses none of it', async () => {
    await using line = await open();
    const client = await line.dial();
    client.write('a');
    await waitFor(() => client.received === 'a');
    line.proxy.pause();
    client.write('b');
    await sleep(100);
    expect(client.received).toBe('a');
    line.proxy.resume();
    await waitFor(() => client.received === 'ab');
  });

  it('delays each way', async () => {
    await using line = await open();
    const client = await line.dial();
    line.proxy.delay(60);
    const sentAt = performance.now();
    client.write('x');
    await waitFor(() => client.received === 'x');
    expect(performance.now() - sentAt).toBeGreaterThanOrEqual(118);
  });

  it('resets connections, and takes new ones', async () => {
    await using line = await open();
    const client = await line.dial();
    client.write('x');
    await waitFor(() => client.received === 'x');
    const failed = once(client, 'error');
    line.proxy.cut();
    expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
    const next = await line.dial();
    next.write('y');
    await waitFor(() => next.received === 'y');
  });

  it('refuses connections until told otherwise', async () => {
    await using line = await open();
    await line.proxy.refuse();
    await expect(line.dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await line.proxy.accept();
    const client = await line.dial();
    client.write('z');
    await waitFor(() => client.received === 'z');
  });
});
