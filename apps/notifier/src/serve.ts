import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { type LaneActivity, LaneHealth } from '@pacspace/lanes';
import { checkSchema, createLedgerPool, disableEndpoint } from '@pacspace/ledger';
import { openLog } from '@pacspace/log-access';
import { type AppContext, NestLogger, watchPool } from '@pacspace/service';
import { SecretBox, urlPolicyOf } from '@pacspace/webhooks';
import type pg from 'pg';
import type { NotifierConfig } from './config.js';
import { Dispatcher } from './deliver/dispatcher.js';
import { EndpointBook } from './deliver/endpoint-book.js';
import { guardedAgent } from './deliver/guarded-agent.js';
import { SettleWriter } from './deliver/settle-writer.js';
import { EventsTransport } from './events-transport.js';
import { Housekeeping } from './housekeeping.js';
import { NotifierMetrics } from './notifier-metrics.js';
import { NotifierModule } from './notifier.module.js';

type Context = AppContext<NotifierConfig>;

/** Fan-out and look-ups of the lanes; and results, which need not wait for the disk. */
const CONNECTIONS = 8;
const SETTLE_CONNECTIONS = 2;
/** A writer that stops in the middle of a transaction would hold up its successor. */
const LOST_CLIENT_MS = 10_000;

const CONNECT_TIMEOUT_MS = 5_000;
/** At shut-down, requests under way have this share of the budget; then they are cut off, and sent again by the next. */
const PATIENCE = 0.4;

/** Starts the notifier; returns when it serves. */
export async function serve(context: Context): Promise<void> {
  const { config, logger, metrics: registry, queues, health, shutdown } = context;
  await checkSchema(config.DATABASE_URL);
  const log = await openLog(context, 'notifier');
  const pool = openPool(context, { name: 'notifier', max: CONNECTIONS, waitForDisk: true });
  const results = openPool(context, {
    name: 'notifier results',
    max: SETTLE_CONNECTIONS,
    waitForDisk: false,
  });
  const metrics = new NotifierMetrics(registry);
  const now = Date.now;

  const keys = health.check('keys', { required: false });
  keys.ok();
  const book = new EndpointBook(pool, new SecretBox(config.WEBHOOK_KEY), ({ number }, error) => {
    logger.error(
      { err: error, endpointNo: number },
      'a webhook’s secret cannot be read: nothing is sent to it',
    );
    keys.degraded('secrets of webhooks cannot be read: is WEBHOOK_KEY the one that they were made with?');
  });
  const settle = new SettleWriter({ pool: results, logger, health: okCheck(context, 'results') });
  queues.watch('webhook_results', () => settle.level);
  const client = guardedAgent({
    policy: urlPolicyOf(config).addresses,
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, config.WEBHOOK_TIMEOUT_MS),
  });
  const dispatcher = new Dispatcher({
    ...{ pool, book, settle, client, metrics, logger, now },
    random: Math.random,
    timeoutMs: config.WEBHOOK_TIMEOUT_MS,
    concurrency: config.WEBHOOK_CONCURRENCY,
    onGone: (number) => void takeOff(context, pool, number),
  });
  queues.watch('webhook_requests', () => dispatcher.level);

  const lanes = new Set<number>();
  const laneHealth = new LaneHealth(health.check('lanes'), registry, { app: 'notifier', lanes: log.lanes });
  const onLane = (lane: number, activity: LaneActivity, detail: string): void => {
    laneHealth.onLane(lane, activity, detail);
    if (activity === 'reading') lanes.add(lane);
    else if (lanes.delete(lane))
      for (const gauge of [metrics.overdue, metrics.unread]) gauge.remove(String(lane));
  };
  const transport = new EventsTransport({
    url: config.DATABASE_URL,
    name: 'notifier',
    ...{ logger, onLane, onWriters: laneHealth.onWriters },
    session: {
      ...{ log, pool, book, dispatcher, now },
      onOverdue: (lane, seconds) => metrics.overdue.set({ lane: String(lane) }, seconds),
      onRead: (lane, seconds) => metrics.unread.set({ lane: String(lane) }, seconds),
    },
  });
  const told = {
    ...{ pool, now, logger, inOrder: dispatcher.inOrder, onEndpoints: book.note, offer: dispatcher.offer },
    onEvents: (type: string, count: number) => metrics.events.inc({ type }, count),
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(NotifierModule.with(told), {
    strategy: transport,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  await app.listen();

  const stopping = new AbortController();
  const housekeeping = new Housekeeping({
    ...{ pool, book, metrics, logger, now },
    health: okCheck(context, 'housekeeping'),
    lanes: () => [...lanes],
    keptMs: config.WEBHOOK_LOG_DAYS * 86_400_000,
    disableAfterMs: config.WEBHOOK_DISABLE_AFTER_HOURS * 3_600_000,
  });
  const kept = housekeeping.run(stopping.signal);
  shutdown.registerIntake('lanes', async () => {
    stopping.abort();
    const patience = setTimeout(() => dispatcher.abort(), PATIENCE * config.SHUTDOWN_BUDGET_MS);
    await transport.close();
    clearTimeout(patience);
    await Promise.all([kept, settle.whenIdle()]);
  });
  shutdown.register('inflight', 'nest', () => app.close());
  shutdown.register('connections', 'receivers', () => client.destroy());
}

/** The receiver wishes no more events: what waits for it is given up by the lanes. */
async function takeOff({ logger }: Context, pool: pg.Pool, endpointNo: number): Promise<void> {
  try {
    if (await disableEndpoint(pool, endpointNo, { reason: 'gone', nowMs: Date.now() }))
      logger.warn({ endpointNo }, 'a webhook says that it is gone (410): disabled');
  } catch (error) {
    // It will say so again.
    logger.warn({ err: error, endpointNo }, 'a webhook that is gone cannot be disabled now');
  }
}

function okCheck({ health }: Context, name: string) {
  const check = health.check(name, { required: false });
  check.ok();
  return check;
}

function openPool(
  { config, logger, queues, shutdown }: Context,
  { name, max, waitForDisk }: { readonly name: string; readonly max: number; readonly waitForDisk: boolean },
): pg.Pool {
  const pool = createLedgerPool({
    ...{
      url: config.DATABASE_URL,
      name,
      max,
      waitForDisk,
      lookUps: !waitForDisk,
      lostClientMs: LOST_CLIENT_MS,
    },
    onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
  });
  watchPool(queues, `${name.replaceAll(' ', '_')}_connections`, pool);
  shutdown.register('connections', name, () => pool.end());
  return pool;
}
