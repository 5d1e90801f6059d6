import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { drainHttpServer } from './drain-http-server.js';

/** Connections that their client keeps open for as long as the server lets it. */
const patientAgent = () => new Agent({ keepAlive: true, maxSockets: 1 });

const ask = async (port: number, agent: Agent) =>
  new Promise<{ status: number | undefined; connection: string | undefined }>((resolve, reject) => {
    get({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode, connection: response.headers.connection }),
      );
    }).on('error', reject);
  });

describe('drainHttpServer', () => {
  it('answers what is under way, ends kept-alive connections, and takes none', async () => {
    let answer: () => void = () => undefined;
    const server = createServer((_request, response) => (answer = () => void response.end('done')));
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const [idle, busy] = [patientAgent(), patientAgent()];

    const first = ask(port, idle);
    await new Promise((resolve) => server.once('request', resolve));
    answer();
    await first;
    const underWay = ask(port, busy);
    await new Promise((resolve) => server.once('request', resolve));

    const drained = drainHttpServer(server);
    await expect(ask(port, patientAgent())).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    answer();
    expect((await underWay).status).toBe(200);
    await drained;
    idle.destroy();
    busy.destroy();
  });

  it('closes a framework by its own close', async () => {
    const app = fastify({ keepAliveTimeout: 60_000, return503OnClosing: true });
    const order: string[] = [];
    app.addHook('onClose', () => void order.push('hook'));
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    app.get('/', async () => {
      await held;
      return 'done';
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    const agent = patientAgent();
    const underWay = ask((app.server.address() as AddressInfo).port, agent);
    await new Promise((resolve) => app.server.once('request', resolve));
    const drained = drainHttpServer(app.server, async () => app.close()).then(() => order.push('drained'));
    release();
    expect((await underWay).status).toBe(200);
    await drained;
    expect(order).toEqual(['hook', 'drained']);
    agent.destroy();
  });

  it('passes on that the server was not running', async () => {
    await expect(drainHttpServer(createServer())).rejects.toMatchObject({ code: 'ERR_SERVER_NOT_RUNNING' });
  });
});
