import { z } from 'zod';
import { chassisVariables } from './chassis-config.js';
import { type ConfigSchema, describeConfig, formatConfigHelp } from './describe-config.js';
import { CONFIG_EXIT_CODE, ConfigError } from './errors.js';
import { HealthRegistry } from './health.js';
import { exposeHealth } from './health-metrics.js';
import { type Env, loadConfig } from './load-config.js';
import { createLogger, type Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { startOperationsServer } from './operations-server.js';
import { QueueMetrics } from './queue-metrics.js';
import { Shutdown } from './shutdown.js';
import { startTelemetry } from './telemetry.js';

const chassisSchema = z.object(chassisVariables);
export type ChassisConfig = z.output<typeof chassisSchema>;

/** What an app's `main` stands on. */
export interface AppContext<C> {
  readonly config: C & ChassisConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly queues: QueueMetrics;
  readonly health: HealthRegistry;
  readonly shutdown: Shutdown;
}

export interface AppOptions<S extends ConfigSchema> {
  readonly name: string;
  readonly version: string;
  /** The app's own variables; `z.object({})` when it has none. */
  readonly config: S;
  /** Starts the app and returns when it serves; from then on it is ready. A rejection ends the process with 1. */
  readonly main: (context: AppContext<z.output<S>>) => Promise<void>;
}

/**
 * An app's `main.ts` is one call of this. In order: `--help` or the configuration (exit 78 when it cannot be used), logger,
 * signals, telemetry, the operations listener, then `main`, then readiness.
 */
export async function runApp<S extends ConfigSchema>({
  name,
  version,
  config: schema,
  main,
}: AppOptions<S>): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(
      formatConfigHelp(name, [...describeConfig(schema), ...describeConfig(chassisSchema)]),
    );
    return;
  }
  const config = loadConfigOrExit(schema);
  const logger = createLogger({ app: name, version, level: config.LOG_LEVEL });
  const metrics = new Metrics({ app: name, version });
  const health = new HealthRegistry({ app: name, version });
  exposeHealth(health, metrics);
  const failures = metrics.counter({
    name: 'pacspace_process_failures_total',
    help: 'Uncaught exceptions and unhandled rejections; each ends the process.',
    labels: ['kind'],
  });
  const shutdown = new Shutdown({
    logger,
    health,
    budgetMs: config.SHUTDOWN_BUDGET_MS,
    readinessLagMs: config.READINESS_LAG_MS,
    onFailure: (kind) => failures.inc({ kind }),
  });
  shutdown.listen();

  const context = { config, logger, metrics, queues: new QueueMetrics(metrics), health, shutdown };
  try {
    const telemetry = await startTelemetry({ app: name, version, logger, queues: context.queues });
    shutdown.register('telemetry', 'traces', async () => telemetry.stop());
    await startOperations(context);
    await main(context);
  } catch (error) {
    // While shutting down, a start that was cut short is no failure of its own.
    if (!shutdown.signal.aborted) shutdown.fail('start', error);
    return;
  }
  if (shutdown.signal.aborted) return;
  health.openIntake();
  logger.info(
    { node: process.version, tracing: config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined },
    `${name} serves`,
  );
}

/** Both schemas, so that an operator sees all mistakes at once. */
function loadConfigOrExit<S extends ConfigSchema>(
  schema: S,
  env: Env = process.env,
): z.output<S> & ChassisConfig {
  const problems = [];
  const parts = [];
  for (const part of [schema, chassisSchema]) {
    try {
      parts.push(loadConfig(part, env));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length === 0) return Object.assign({}, ...parts) as z.output<S> & ChassisConfig;
  process.stderr.write(`${new ConfigError(problems).message}\nAll variables: start with --help.\n`);
  return process.exit(CONFIG_EXIT_CODE);
}

/** Closed last, with the traces: a probe and a scrape during the drain still see what goes on. */
async function startOperations({
  config,
  logger,
  metrics,
  health,
  shutdown,
}: AppContext<unknown>): Promise<void> {
  const { OPERATIONS_PORT: port, OPERATIONS_HOST: host } = config;
  if (port === undefined) return;
  const server = await startOperationsServer({ port, host, health, metrics, logger });
  shutdown.register('telemetry', 'operations listener', async () => server.close());
  logger.info({ port: server.port, host }, 'operations listener');
}
