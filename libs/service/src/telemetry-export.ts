import { hostname } from 'node:os';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import {
  ATTR_SERVICE_INSTANCE_ID,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_NAMESPACE,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import type { z } from 'zod';
import type { Logger } from './logger.js';
import type { QueueMetrics } from './queue-metrics.js';
import { createSampler } from './sampler.js';
import type { telemetryVariables } from './telemetry-config.js';
import { newSpanId, newTraceId } from './trace-context.js';
import { installTracer } from './tracer.js';
import { WaitingSpans } from './waiting-spans.js';
import { withTimeout } from './with-timeout.js';

export interface Telemetry {
  /** False: spans carry ids only, and nothing is sent. */
  readonly exporting: boolean;
  /** Sends what waits; never rejects: a collector that is down must not hold up a shut-down. */
  stop(): Promise<void>;
}

export interface ExportOptions {
  readonly app: string;
  readonly version: string;
  readonly logger: Logger;
  readonly queues: QueueMetrics;
  readonly endpoint: string;
  readonly config: z.output<z.ZodObject<typeof telemetryVariables>>;
}

/**
 * The tracing SDK, put together from the parts that `@opentelemetry/sdk-node` bundles. The bundle was measured and left: it
 * loads the metric, log, gRPC, Zipkin and instrumentation parts as well, 44 MB and 0.6 s to import alone in a process, against 24 MB and 0.2 s.
 */
export function startExport(options: ExportOptions): Telemetry {
  const { app, version, logger, queues, endpoint, config } = options;
  logSdkTrouble(logger);
  const waiting = new WaitingSpans(queues, config.OTEL_BSP_MAX_QUEUE_SIZE);
  const provider = new TracerProvider({
    resource: describeProcess(app, version),
    sampler: createSampler(config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG),
    idGenerator: { generateTraceId: newTraceId, generateSpanId: newSpanId },
    spanProcessors: [
      waiting,
      new BatchSpanProcessor({
        exporter: waiting.around(new OTLPTraceExporter({ url: tracesUrl(endpoint) })),
        maxQueueSize: config.OTEL_BSP_MAX_QUEUE_SIZE,
        maxExportBatchSize: Math.min(config.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, config.OTEL_BSP_MAX_QUEUE_SIZE),
        scheduledDelayMillis: config.OTEL_BSP_SCHEDULE_DELAY,
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  installTracer(provider.getTracer('pacspace', version));
  return {
    exporting: true,
    stop: async () =>
      withTimeout('the trace collector', LAST_SPANS_MS, async () => provider.shutdown()).catch(
        (error: unknown) => {
          logger.warn({ err: error }, 'the last spans were not sent');
        },
      ),
  };
}

/** The exporter tries again for half a minute; an exit is not to wait for a collector that is down. */
const LAST_SPANS_MS = 2_000;

/** The endpoint is the base of all signals (OTLP exporter specification); traces have their path under it. */
const tracesUrl = (endpoint: string): string => `${endpoint.replace(/\/+$/, '')}/v1/traces`;

/** OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence over what we know ourselves. */
function describeProcess(app: string, version: string): Resource {
  return resourceFromAttributes({
    [ATTR_SERVICE_NAMESPACE]: 'pacspace',
    [ATTR_SERVICE_NAME]: `pacspace-${app}`,
    [ATTR_SERVICE_VERSION]: version,
    [ATTR_SERVICE_INSTANCE_ID]: `${hostname()}:${process.pid}`,
  }).merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] }));
}

/** The SDK reports a collector that is down at every batch: a warning is enough, traces are not the service. */
function logSdkTrouble(logger: Logger): void {
  const warn = (message: string, ...details: unknown[]): void =>
    logger.warn({ details }, `tracing: ${message}`);
  const ignore = (): void => undefined;
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
