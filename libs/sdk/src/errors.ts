import type { ErrorDetail } from './api-types.js';

/** The codes that the service answers with, and those of what happens on the way to it. */
export type PacSpaceErrorCode =
  | NonNullable<ErrorDetail['code']>
  /** Where the service sends none: what is asked cannot be meant so. */
  | 'VALIDATION_FAILED'
  /** The first request with this key is still under way. */
  | 'IDEMPOTENCY_PENDING'
  /** No answer came: refused, reset, no such host. */
  | 'NETWORK'
  | 'TIMEOUT'
  /** An answer that is not the service's: a proxy's page, most often. */
  | 'UNEXPECTED_ANSWER'
  | 'WEBHOOK_VERIFICATION_FAILED'
  /** Of an emitter: closed; its buffer full; something emitted was not recorded. */
  | 'CLOSED'
  | 'BUFFER_FULL'
  | 'NOT_RECORDED'
  /** A code of a newer service. */
  | (string & {});

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface PacSpaceErrorOptions extends ErrorOptions {
  readonly code: PacSpaceErrorCode;
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined;
  /** What to tell the service's operator. */
  readonly traceId?: string | undefined;
  readonly fields?: readonly FieldError[] | undefined;
  /** Whole seconds. */
  readonly retryAfter?: number | undefined;
}

/** Everything that this package throws. `instanceof` a subclass, or `code`, says what happened. */
export class PacSpaceError extends Error {
  readonly code: PacSpaceErrorCode;
  readonly status: number | undefined;
  readonly traceId: string | undefined;
  /** What of the request is not valid, by path. */
  readonly fields: readonly FieldError[];
  /** Seconds after which the service wants to be asked again. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: PacSpaceErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = options.code;
    this.status = options.status;
    this.traceId = options.traceId;
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** The request cannot be meant so: `fields` says what of it. Sending it again changes nothing. */
export class ValidationError extends PacSpaceError {}

/** The key is missing, malformed, unknown or switched off. */
export class InvalidApiKeyError extends PacSpaceError {}

/** The key may not do this. */
export class ForbiddenError extends PacSpaceError {}

/** The plan is used up: upgrade, or wait for the next period. */
export class PlanLimitExceededError extends PacSpaceError {}

/** Too many requests, also after the retries; `retryAfter` says when to come back, in seconds. */
export class RateLimitError extends PacSpaceError {}

export class NotFoundError extends PacSpaceError {}

/** The idempotency key was used before, for something else. */
export class IdempotencyConflictError extends PacSpaceError {}

/** The service cannot take it now or cannot be reached, also after the retries. A delta may have been stored: keep its key. */
export class ServiceUnavailableError extends PacSpaceError {}

/** No answer in time, also after the retries. A delta may have been stored: keep its key. */
export class TimeoutError extends PacSpaceError {}

/** A webhook that was not sent by the service, was changed on the way, or is too old. */
export class WebhookVerificationError extends PacSpaceError {
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { ...options, code: 'WEBHOOK_VERIFICATION_FAILED' });
  }
}
