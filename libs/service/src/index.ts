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
