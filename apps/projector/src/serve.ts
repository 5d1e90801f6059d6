import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { closeCache, connectCache } from '@pacspace/cache';
import { LaneHealth } from '@pacspace/lanes';
import { checkSchema, createLedgerPool } from '@pacspace/ledger';
import { openLog } from '@pacspace/log-access';
import { type AppContext, NestLogger, runApp, watchPool } from '@pacspace/service';
import type { z } from 'zod';
import { projectorConfig } from './config.js';
import { exposeLag } from './lane-lag.js';
import { LaneTransport } from './lane-transport.js';
import { ProjectorMetrics } from './projector-metrics.js';
import { ProjectorModule } from './projector.module.js';
import { TellingHealth } from './telling-health.js';

/** Connections to Postgres: a lane uses one at a time, two while it makes room for a month. */
const CONNECTIONS_PER_LANE = 2;

/** A writer that stops in the middle of a turn would hold up its successor; folding one takes a second at most. */
const LOST_CLIENT_MS = 10_000;

/** Runs the projector until it is told to stop. */
export async function serve(): Promise<void> {
  await runApp({ name: 'projector', version: '0.1.0', config: projectorConfig, main });
}

async function main(context: AppContext<z.output<typeof projectorConfig>>): Promise<void> {
  const { config, logger, metrics, queues, health, shutdown } = context;
  await checkSchema(config.DATABASE_URL);
  const log = await openLog(context, 'projector');

  const pool = createLedgerPool({
    url: config.DATABASE_URL,
    name: 'projector',
    max: CONNECTIONS_PER_LANE * config.LANES,
    waitForDisk: false,
    lookUps: true,
    lostClientMs: LOST_CLIENT_MS,
    onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
  });
  watchPool(queues, 'ledger_connections', pool);
  shutdown.register('connections', 'ledger', () => pool.end());

  const cacheHealth = health.check('cache', { required: false });
  const cache = connectCache({
    url: config.REDIS_URL,
    name: 'projector',
    onError: (error) => cacheHealth.degraded(String(error)),
    onReady: (ready) => cacheHealth.set(ready ? 'ok' : 'degraded', ready ? '' : 'disconnected'),
  });
  shutdown.register('connections', 'cache', () => closeCache(cache));

  const laneHealth = new LaneHealth(health.check('lanes'), metrics, {
    app: 'projector',
    lanes: config.LANES,
  });
  exposeLag(metrics, { log, pool, concerned: () => laneHealth.concerned() });
  const { onLane, onWriters } = laneHealth;
  const transport = new LaneTransport({
    ...{ log, logger, queues, onLane, onWriters },
    url: config.DATABASE_URL,
    name: 'projector',
  });
  const tellingHealth = new TellingHealth(health.check('events', { required: false }));
  const tools = {
    ...{ log, pool, cache, cacheHealth, tellingHealth, queues, logger },
    metrics: new ProjectorMetrics(metrics),
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(ProjectorModule.with(tools), {
    strategy: transport,
    logger: new NestLogger(logger),
  });
  shutdown.register('intake', 'lanes', () => transport.close());
  shutdown.register('inflight', 'nest', () => app.close());
  await app.listen();
}
