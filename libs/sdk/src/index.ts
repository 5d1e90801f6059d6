/** The client of a PacSpace service. Runs in Node 18 and later, browsers and workers; needs no other package. */
export {
  type FieldError,
  ForbiddenError,
  IdempotencyConflictError,
  InvalidApiKeyError,
  NotFoundError,
  PacSpaceError,
  type PacSpaceErrorCode,
  type PacSpaceErrorOptions,
  PlanLimitExceededError,
  RateLimitError,
  ServiceUnavailableError,
  TimeoutError,
  ValidationError,
  WebhookVerificationError,
} from './errors.js';
export { PacSpace, type PacSpaceOptions } from './pacspace.js';
export type * from './webhooks/events.js';
export type { HeaderSource } from './webhooks/read-header.js';
export { type VerifyWebhookOptions, Webhooks } from './webhooks/webhooks.js';
