import { afterEach, describe, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { HealthRegistry } from './health.js';
import { createLogger } from './logger.js';
import { registerOperationsRoutes } from './operations-routes.js';
import { type OperationsServer, startOperationsServer } from './operations-server.js';

const lines: string[] = [];
const logger = createLogger({ app: 'test', destination: { write: (line) => void lines.push(line) } });
const text = async () => Promise.resolve('pacspace_up 1\n');
const metrics = { contentType: 'text/plain; version=0.0.4', text };
const newHealth = () => new HealthRegistry({ app: 'test', version: '0' });

describe('startOperationsServer', () => {
  let server: OperationsServer | undefined;
  afterEach(async () => server?.close());

  it('answers health and metrics, and nothing else', async () => {
    const health = newHealth();
    server = await startOperationsServer({ port: 0, host: '127.0.0.1', health, metrics, logger });
    const get = async (path: string, method = 'GET') =>
      fetch(`http://127.0.0.1:${server!.port}${path}`, { method });
    expect((await get('/health/live')).status).toBe(200);
    expect((await get('/health/ready')).status).toBe(503);
    health.openIntake();
    const ready = await get('/health/ready?probe=1');
    expect([ready.status, ready.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const scraped = await get('/metrics');
    expect([scraped.headers.get('content-type'), await scraped.text()]).toEqual([
      metrics.contentType,
      'pacspace_up 1\n',
    ]);
    expect((await get('/')).status).toBe(404);
    expect((await get('/health/live', 'POST')).status).toBe(405);
    expect(await (await get('/health', 'HEAD')).text()).toBe('');
  });

  it('turns a metric that throws into a 500 and a line, and goes on', async () => {
    const broken = {
      contentType: 'text/plain',
      text: async () => Promise.reject(new Error('collect failed')),
    };
    server = await startOperationsServer({
      port: 0,
      host: '127.0.0.1',
      health: newHealth(),
      metrics: broken,
      logger,
    });
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`)).status).toBe(500);
    expect(lines.join('')).toContain('collect failed');
    expect((await fetch(`http://127.0.0.1:${server.port}/health/live`)).status).toBe(200);
  });

  it('rejects when the port is taken', async () => {
    server = await startOperationsServer({ port: 0, host: '127.0.0.1', health: newHealth(), logger });
    const second = startOperationsServer({
      port: server.port,
      host: '127.0.0.1',
      health: newHealth(),
      logger,
    });
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('registerOperationsRoutes', () => {
  it('serves the same from an existing Fastify', async () => {
    const app = fastify();
    const health = newHealth();
    registerOperationsRoutes(app, { health });
    expect((await app.inject('/health/live')).statusCode).toBe(200);
    expect((await app.inject('/health/ready')).statusCode).toBe(503);
    expect((await app.inject('/health')).json()).toMatchObject({ app: 'test', ready: false });
    expect((await app.inject('/metrics')).statusCode).toBe(404);
    await app.close();
  });
});
