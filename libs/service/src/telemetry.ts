import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { z } from 'zod';
import { type Env, loadConfig } from './load-config.js';
import type { Logger } from './logger.js';
import type { QueueMetrics } from './queue-metrics.js';
import { telemetryVariables } from './telemetry-config.js';
import type { Telemetry } from './telemetry-export.js';

export interface TelemetryOptions {
  readonly app: string;
  readonly version: string;
  readonly logger: Logger;
  readonly queues: QueueMetrics;
  readonly env?: Env;
}

/**
 * Starts tracing, before anything that may start a span.
 *
 * Without OTEL_EXPORTER_OTLP_ENDPOINT no SDK is loaded at all (7 MB of memory and 0.1 s of start-up saved): spans have valid
 * ids, contexts pass on, log lines name their trace, and that is all. There is no automatic instrumentation in either
 * mode: it wraps every call of the hot path to describe what the few explicit spans say better.
 * @throws {ConfigError} for a variable that cannot be used.
 */
export async function startTelemetry({
  app,
  version,
  logger,
  queues,
  env = process.env,
}: TelemetryOptions): Promise<Telemetry> {
  const config = loadConfig(z.object(telemetryVariables), env);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || config.OTEL_SDK_DISABLED) {
    return { exporting: false, stop: async () => Promise.resolve() };
  }
  const { startExport } = await import('./telemetry-export.js');
  return startExport({ app, version, logger, queues, endpoint, config });
}
