export {
  CONFIG_EXIT_CODE,
  ConfigError,
  type ConfigProblem,
  ServiceError,
  type ServiceErrorCode,
} from './errors.js';
export {
  boolean,
  choice,
  integer,
  type IntegerBounds,
  port,
  ratio,
  readBy,
  secret,
  text,
  url,
  type UrlKind,
  urlList,
} from './variables.js';
export {
  type ConfigSchema,
  describeConfig,
  formatConfigHelp,
  type VariableDescription,
} from './describe-config.js';
export { type Env, loadConfig } from './load-config.js';
export { scrubJsonLine, scrubText } from './scrub.js';
export { createLogger, LOG_LEVELS, type Logger, type LoggerOptions, type LogLevel } from './logger.js';
export { NestLogger } from './nest-logger.js';
export {
  type CheckReport,
  type HealthCheck,
  type HealthCheckOptions,
  HealthRegistry,
  type HealthRegistryOptions,
  type HealthReport,
  type HealthState,
} from './health.js';
export { type ProbeOptions, startProbe } from './health-probe.js';
export { type OperationsSources, registerOperationsRoutes } from './operations-routes.js';
export {
  type OperationsServer,
  type OperationsServerOptions,
  startOperationsServer,
} from './operations-server.js';
export {
  type FailureKind,
  Shutdown,
  SHUTDOWN_PHASES,
  type ShutdownOptions,
  type ShutdownPhase,
} from './shutdown.js';
export { failSpan, runInSpan, type SpanOptions, startSpan, withSpan } from './span.js';
export { databaseSpan, tracedContext, traceQueries, traceStep } from './trace-step.js';
export { type Span, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
export { startTelemetry, type TelemetryOptions } from './telemetry.js';
export type { Telemetry } from './telemetry-export.js';
export {
  formatTraceparent,
  newSpanId,
  newTraceContext,
  newTraceId,
  parseTraceparent,
} from './trace-context.js';
export {
  type Counter,
  type Gauge,
  type GaugeOptions,
  type Histogram,
  type HistogramOptions,
  LATENCY_BUCKETS_SECONDS,
  Metrics,
} from './metrics.js';
export { QueueMetrics, type QueueLevel } from './queue-metrics.js';
export { watchPool } from './watch-pool.js';
export { drainHttpServer } from './drain-http-server.js';
export { Gate, type GateOptions, type GateRefusal, type Leave } from './gate.js';
export {
  type Attempt,
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
} from './circuit-breaker.js';
export { backoffMs, type BackoffOptions, retry, type RetryOptions, seededRandom } from './backoff.js';
export { sleep } from './sleep.js';
export { withTimeout } from './with-timeout.js';
export { packageVersion } from './package-version.js';
export { chassisVariables } from './chassis-config.js';
export { type AppContext, type AppOptions, type ChassisConfig, runApp } from './run-app.js';
