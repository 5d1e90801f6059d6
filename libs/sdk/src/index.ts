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
export type * from './api-types.js';
export type { Balance, EmitResult } from './balance/balance.js';
export type * from './balance/options.js';
// The service's own type of that name has times as text only.
export type { Delta } from './balance/options.js';
export type { DeltaEmitter, EmitterCounts, EmitterOptions } from './emitter/delta-emitter.js';
export type { Rejection } from './emitter/send-batch.js';
export { PacSpace, type PacSpaceOptions } from './pacspace.js';
export type * from './webhooks/events.js';
export type { HeaderSource } from './webhooks/read-header.js';
export { type VerifyWebhookOptions, Webhooks } from './webhooks/webhooks.js';
export {
  type FileCheck,
  type FileStep,
  verifyReceipt,
  verifyStatement,
  type VerifyFileOptions,
} from './verify/verify-files.js';
export type { RootCheck, VerificationStep, VerifyRootOptions } from './verify/verify-root.js';
