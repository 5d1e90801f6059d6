import { LOG_LEVELS } from './logger.js';
import { telemetryVariables } from './telemetry-config.js';
import { choice, integer, port, text } from './variables.js';

/** What every app can be told, beside its own variables. */
export const chassisVariables = {
  LOG_LEVEL: choice('the least level that is logged', LOG_LEVELS).default('info'),
  OPERATIONS_PORT: port('health and metrics, on a listener of their own; not set: none', 9464).optional(),
  OPERATIONS_HOST: text('the address that the operations listener is bound to', '0.0.0.0').default('0.0.0.0'),
  SHUTDOWN_BUDGET_MS: integer(
    'from SIGTERM to the exit at the latest; keep it below the orchestrator’s patience',
    {
      min: 1_000,
      max: 600_000,
      unit: 'milliseconds',
      example: 25_000,
    },
  ).default(25_000),
  READINESS_LAG_MS: integer(
    'how long work is still taken after readiness went off, for load balancers to notice',
    {
      min: 0,
      max: 60_000,
      unit: 'milliseconds',
      example: 5_000,
    },
  ).default(0),
  ...telemetryVariables,
};
