/**
 * Every error that the public API answers with, in one table: the code is stable, the status follows from it.
 * VALIDATION_FAILED is sent without a `code` member, since the published client's error class depends on that.
 */
export const API_ERRORS = {
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  INVALID_SCOPE_COMBINATION: { status: 400, title: 'The scope parameters exclude each other' },
  TOKEN_INVALID: { status: 400, title: 'The token is unknown, used or expired' },
  SCOPE_TOO_WIDE: { status: 400, title: 'The scope is wider than the limit' },
  INVALID_API_KEY: { status: 401, title: 'The API key is missing or not valid' },
  INVALID_CREDENTIALS: { status: 401, title: 'The e-mail address or the password is wrong' },
  PLAN_LIMIT_EXCEEDED: { status: 402, title: 'The plan is used up' },
  FORBIDDEN: { status: 403, title: 'The key may not do this' },
  CSRF_REQUIRED: { status: 403, title: 'The request lacks the CSRF header' },
  EMAIL_NOT_VERIFIED: { status: 403, title: 'The e-mail address is not verified yet' },
  REGISTRATION_REQUIRES_APPROVAL: { status: 403, title: 'Registration needs an approval token' },
  API_KEY_ENVIRONMENT_HOST_MISMATCH: {
    status: 403,
    title: 'The key belongs to another environment than this host',
  },
  NOT_FOUND: { status: 404, title: 'Not found' },
  CUSTOMER_NOT_FOUND: { status: 404, title: 'The customer has no recorded delta' },
  IDEMPOTENCY_CONFLICT: { status: 409, title: 'The idempotency key was used for another delta' },
  STATE_CONFLICT: { status: 409, title: 'It is not in a state in which this can be done' },
  ENVIRONMENT_NOT_READY: { status: 412, title: 'The environment is not active' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The request is over the size limit' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not taken' },
  ADJUSTS_UNKNOWN: { status: 422, title: 'The delta to adjust is not recorded' },
  ADJUSTS_AMBIGUOUS: { status: 422, title: 'The reference to adjust names several deltas' },
  LIMIT_REACHED: { status: 422, title: 'There are as many as there may be' },
  STATEMENT_REFUSED: { status: 422, title: 'The statement cannot be read' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Internal error' },
  UNAVAILABLE: { status: 503, title: 'The service cannot take this now' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ApiErrorCode = keyof typeof API_ERRORS;

export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A request's refusal, thrown at the edge and answered as one problem document. */
export class ApiError extends Error {
  readonly retryAfterSeconds: number | undefined;
  readonly fields: readonly FieldError[] | undefined;

  constructor(
    readonly code: ApiErrorCode,
    message: string,
    options: ErrorOptions & {
      readonly retryAfterSeconds?: number;
      readonly fields?: readonly FieldError[];
    } = {},
  ) {
    super(message, options);
    this.name = 'ApiError';
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.fields = options.fields;
  }

  get status(): number {
    return API_ERRORS[this.code].status;
  }
}

/** The body of every error: both readings of the contract, and RFC 9457. */
export interface ProblemBody {
  readonly success: false;
  readonly error: {
    readonly code?: ApiErrorCode;
    readonly message: string;
    readonly retryAfterSeconds?: number;
    readonly fields?: readonly FieldError[];
  };
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly traceId: string;
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export function toProblemBody(error: ApiError, instance: string, traceId: string): ProblemBody {
  const { status, title } = API_ERRORS[error.code];
  return {
    success: false,
    error: {
      ...(error.code !== 'VALIDATION_FAILED' && { code: error.code }),
      message: error.message,
      ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
      ...(error.fields !== undefined && { fields: error.fields }),
    },
    type: `urn:pacspace:error:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    detail: error.message,
    instance,
    traceId,
  };
}
