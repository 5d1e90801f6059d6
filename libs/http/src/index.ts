export {
  isOperations,
  registerRequestSpans,
  spanContextOf,
  traceIdOf,
  traceparentOf,
} from './request-span.js';
export { registerRequestMetrics } from './request-metrics.js';
export { answerError, ProblemFilter } from './problem.filter.js';
export { toApiError } from './to-api-error.js';
export { letFinish } from './let-finish.js';
export { invalidFields, parseFields } from './parse-fields.js';
export { withoutSchemas } from './without-schemas.js';
