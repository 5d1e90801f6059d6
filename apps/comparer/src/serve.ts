import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { RequestServer } from '@pacspace/bus';
import { checkSchema, createLedgerPool, createReadPool, loadLanes } from '@pacspace/ledger';
import { countEnvelopes, type DeltaLog } from '@pacspace/log';
import { openLog, tellFacts } from '@pacspace/log-access';
import { ConsistentReads, LaneProgress } from '@pacspace/reads';
import { type AppContext, Gate, NestLogger, traceQueries, watchPool } from '@pacspace/service';
import { COMPARER_QUEUE, type LaneProjected, PROJECTED_SUBJECTS, STATEMENT_LIMITS } from '@pacspace/wire';
import type pg from 'pg';
import { ComparerMetrics } from './comparer-metrics.js';
import { ComparerModule } from './comparer.module.js';
import type { ComparerConfig } from './config.js';
import { requeueIdleWork } from './runs/requeue.js';
import { runWorker, type WorkerTools } from './runs/worker.js';
import { tellReports } from './tell-reports.js';

type Context = AppContext<ComparerConfig>;

const READERS = 8;
const WRITERS = 4;
const READ_TIMEOUT_MS = 30_000;

/** Of one run at a time: both sides, what is written, and what is looked up meanwhile. */
const RUN_CONNECTIONS = 5;
/** A transaction of whose client nothing is heard for so long is ended; a statement has three times as long. */
const LOST_RUN_MS = 300_000;

/** Sums over entries, or over all customers: each may hold a connection and a core for seconds. */
const LARGE = 3;
const LARGE_WAITING = 100;

/** Starts the comparer; returns when it serves. */
export async function serve(context: Context): Promise<void> {
  const { config, logger, metrics, queues, shutdown } = context;
  await checkSchema(config.DATABASE_URL);
  const log = await openLog(context, 'comparer');
  const { reads, writers, runs } = openPools(context);
  const progress = new LaneProgress({ poll: () => loadLanes(reads) });
  listenToProjector(context, log, progress);
  const tools = {
    ...{ log, reads, writers, logger },
    metrics: new ComparerMetrics(metrics),
    consistent: new ConsistentReads({ countEnvelopes: () => countEnvelopes(log), progress }),
    large: new Gate({
      name: 'large_sums',
      concurrency: LARGE,
      waitLimit: LARGE_WAITING,
      metrics: queues,
    }),
    now: Date.now,
  };

  const server = new RequestServer(log.connection, COMPARER_QUEUE);
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(ComparerModule.with(tools), {
    strategy: server,
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  await app.listen();
  shutdown.registerIntake('requests', () => server.close());
  const stopWorking = startWorking(context, { ...tools, runs, mostRecords: STATEMENT_LIMITS.records });
  shutdown.registerIntake('work', stopWorking);
  // The telling goes last: of what the others have made until they were done.
  const stopTelling = tellFacts(context, { what: 'reports', tellSome: () => tellReports(log, writers) });
  shutdown.register('inflight', 'requests', async () => {
    await Promise.allSettled([server.close(), stopWorking()]);
    await stopTelling();
    await app.close();
  });
}

/** @returns what stops it, and resolves when it has. */
function startWorking(
  { health }: Context,
  tools: Omit<WorkerTools, 'stopping' | 'health'>,
): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const worker = runWorker({ ...tools, stopping: signal, health: health.check('work', { required: false }) });
  const requeued = requeueIdleWork({ ...tools, stopping: signal });
  return async () => {
    stopping.abort(new Error('the comparer is about to stop'));
    await Promise.allSettled([worker, requeued]);
  };
}

function openPools({ config, logger, queues, shutdown }: Context): {
  readonly reads: pg.Pool;
  readonly writers: pg.Pool;
  readonly runs: pg.Pool;
} {
  const { DATABASE_URL: url } = config;
  const onError = (error: Error): void => logger.warn({ err: error }, 'an idle connection to Postgres broke');
  const reads = createReadPool({
    ...{ url, onError, max: READERS, statementTimeoutMs: READ_TIMEOUT_MS },
    name: 'comparer reads',
  });
  const writers = createLedgerPool({ url, onError, max: WRITERS, name: 'comparer' });
  const runs = createLedgerPool({
    ...{ url, onError, max: RUN_CONNECTIONS, lostClientMs: LOST_RUN_MS },
    name: 'comparer runs',
  });
  watchPool(queues, 'read_connections', traceQueries(reads));
  watchPool(queues, 'ledger_connections', traceQueries(writers));
  watchPool(queues, 'run_connections', runs);
  shutdown.register('connections', 'ledger', async () => {
    await Promise.all([reads.end(), writers.end(), runs.end()]);
  });
  return { reads, writers, runs };
}

/** The subscription lives as long as the connection, over its reconnects, and ends when it is drained. */
function listenToProjector({ logger }: Context, log: DeltaLog, progress: LaneProgress): void {
  log.connection.subscribe(PROJECTED_SUBJECTS, {
    callback: (error, message) => {
      if (error !== null) return logger.warn({ err: error }, 'not told of projected turns any more');
      progress.note(message.json<LaneProjected>());
    },
  });
}
