import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { RequestServer } from '@pacspace/bus';
import { checkSchema, createReadPool, createSealPool, listLogKeys } from '@pacspace/ledger';
import { openLog, tellFacts } from '@pacspace/log-access';
import { type AppContext, Gate, NestLogger, traceQueries, watchPool } from '@pacspace/service';
import { CHECKPOINT_QUEUE } from '@pacspace/wire';
import type pg from 'pg';
import { CheckpointerMetrics } from './checkpointer-metrics.js';
import { CheckpointerModule } from './checkpointer.module.js';
import type { CheckpointerConfig } from './config.js';
import { loadSigningSecret } from './keys/signing-secret.js';
import { LedgerProgress } from './ledger-progress.js';
import { LogRegistry } from './log/log-registry.js';
import { HeadPublisher } from './publish-heads.js';
import { EndedPeriods } from './seals/seal-ended-periods.js';
import { tellSeals } from './tell-seals.js';

type Context = AppContext<CheckpointerConfig>;

/** Connections: logs written at the same time, and questions to the ledger. */
const WRITERS = 6;
const READERS = 8;
const READ_TIMEOUT_MS = 60_000;

/** Checkpoints of all customers or over entries: each may hold a connection and a core for seconds. */
const LARGE = 2;
const LARGE_WAITING = 64;

/** Starts the checkpointer; returns when it serves. */
export async function serve(context: Context): Promise<void> {
  const { config, logger, metrics: registry, queues, health, shutdown } = context;
  await checkSchema(config.DATABASE_URL);
  const log = await openLog(context, 'checkpointer');
  const { reads, writers } = openPools(context);
  const signingSecret = await loadSigningSecret({
    given: config.LOG_SIGNING_KEY,
    dataDir: config.DATA_DIR,
    hasSigned: async () => (await listLogKeys(reads, { limit: 1 })).length > 0,
  });

  const now = Date.now;
  const metrics = new CheckpointerMetrics(registry);
  const publisher = new HeadPublisher({
    ...{ writers, reads, signingSecret, now, logger, metrics },
    health: health.check('heads', { required: false }),
  });
  const logs = new LogRegistry({
    ...{ writers, originHost: config.LOG_ORIGIN_HOST, now },
    onGrown: () => publisher.poke(),
  });
  const large = new Gate({
    name: 'large_checkpoints',
    concurrency: LARGE,
    waitLimit: LARGE_WAITING,
    metrics: queues,
  });
  const tools = {
    log,
    reads,
    progress: new LedgerProgress(log, reads),
    registry: logs,
    now,
    logger,
    metrics,
  };

  const server = new RequestServer(log.connection, CHECKPOINT_QUEUE);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    CheckpointerModule.with({ ...tools, large }),
    { strategy: server, logger: new NestLogger(logger), abortOnError: false },
  );
  await app.listen();
  const stopSealing = runSealing(context, tools);
  shutdown.registerIntake('requests', () => server.close());
  shutdown.registerIntake('months', stopSealing);
  // The heads go last: they sign what the others have sealed until they were done.
  const stopping = new AbortController();
  const published = publisher.run(stopping.signal);
  const stopTelling = tellFacts(context, { what: 'seals', tellSome: () => tellSeals(log, writers) });
  shutdown.register('inflight', 'heads', async () => {
    await Promise.allSettled([server.close(), stopSealing()]);
    await logs.whenIdle();
    stopping.abort();
    await published;
    await stopTelling();
    await app.close();
  });
}

/** @returns what stops it, and resolves when it has. */
function runSealing(
  { config, health }: Context,
  tools: Omit<ConstructorParameters<typeof EndedPeriods>[0], 'graceMs' | 'everyMs' | 'health'>,
): () => Promise<void> {
  const stopping = new AbortController();
  const months = new EndedPeriods({
    ...tools,
    graceMs: config.SEAL_GRACE_SECONDS * 1_000,
    everyMs: config.SEAL_EVERY_SECONDS * 1_000,
    health: health.check('months', { required: false }),
  });
  const running = months.run(stopping.signal);
  return () => {
    stopping.abort();
    return running;
  };
}

function openPools({ config, logger, queues, shutdown }: Context): {
  readonly reads: pg.Pool;
  readonly writers: pg.Pool;
} {
  const { DATABASE_URL: url } = config;
  const onError = (error: Error): void => logger.warn({ err: error }, 'an idle connection to Postgres broke');
  const reads = traceQueries(
    createReadPool({
      ...{ url, onError, max: READERS, statementTimeoutMs: READ_TIMEOUT_MS },
      name: 'checkpointer reads',
    }),
  );
  const writers = createSealPool({ url, onError, max: WRITERS, name: 'checkpointer' });
  watchPool(queues, 'read_connections', reads);
  watchPool(queues, 'log_connections', writers);
  shutdown.register('connections', 'ledger', async () => {
    await Promise.all([reads.end(), writers.end()]);
  });
  return { reads, writers };
}
