import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { connectLog, openDeltaLog } from '@pacspace/log';
import {
  chassisVariables,
  createLogger,
  HealthRegistry,
  loadConfig,
  Metrics,
  QueueMetrics,
  Shutdown,
} from '@pacspace/service';
import { startFaultProxy, startNats, type TestNats, waitFor } from '@pacspace/testing';
import { z } from 'zod';
import { logVariables } from './log-variables.js';
import { openLog } from './open-log.js';

jest.setTimeout(60_000);

const schema = z.object({ ...logVariables, ...chassisVariables });
const app = { app: 'test', version: '0' };

let nats: TestNats;
let logged: string[];

beforeEach(async () => {
  nats = await startNats();
  logged = [];
});
afterEach(() => nats.stop());

/** What runApp would hand over, at this address of the log. */
function contextAt(url: string) {
  const logger = createLogger({ ...app, destination: { write: (line) => void logged.push(line) } });
  const metrics = new Metrics(app);
  const health = new HealthRegistry(app);
  const shutdown = new Shutdown({ logger, health, exit: () => undefined });
  const config = loadConfig(schema, { NATS_URL: url, NATS_MONITOR_URL: nats.monitorUrl });
  return { config, logger, metrics, queues: new QueueMetrics(metrics), health, shutdown };
}

describe('openLog', () => {
  it('waits for a log that is away, follows it in health, and lets go of it at the end', async () => {
    await using proxy = await startFaultProxy(nats.url);
    await proxy.refuse();
    const context = contextAt(proxy.url);
    const { health, shutdown } = context;
    const opening = openLog(context, 'test');
    await waitFor(() => logged.some((line) => line.includes('the log cannot be opened yet')));
    const check = health.check('log');
    expect(check.state).toBe('failed');

    await proxy.accept();
    const log = await opening;
    expect(check.state).toBe('ok');
    expect(health.report().facts).toEqual({ durability: 'fsync: sync_interval: always' });

    await proxy.refuse();
    await waitFor(() => check.state === 'degraded');
    await proxy.accept();
    await waitFor(() => check.state === 'ok');

    await shutdown.begin('the test is over');
    expect(log.connection.isClosed()).toBe(true);
  });

  it('does not start with another lane count', async () => {
    const connection = await connectLog({ url: nats.url, name: 'first' });
    await openDeltaLog(connection, { lanes: 2 });
    await connection.close();
    await expect(openLog(contextAt(nats.url), 'test')).rejects.toMatchObject({ code: 'LANES_MISMATCH' });
  });

  it('gives up when it is told to stop', async () => {
    await nats.stop();
    const context = contextAt(nats.url);
    const opening = openLog(context, 'test');
    await waitFor(() => logged.some((line) => line.includes('the log cannot be opened yet')));
    void context.shutdown.begin('the test is over');
    await expect(opening).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await nats.start();
  });
});
