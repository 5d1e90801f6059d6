import {
  type FieldError,
  ForbiddenError,
  IdempotencyConflictError,
  InvalidApiKeyError,
  NotFoundError,
  PacSpaceError,
  type PacSpaceErrorOptions,
  PlanLimitExceededError,
  RateLimitError,
  ServiceUnavailableError,
  ValidationError,
} from '../errors.js';

/** What is read of an error's body; all of it may be missing, since a proxy may have written it. */
interface ProblemText {
  readonly code?: string;
  readonly message?: string;
  readonly traceId?: string;
  readonly fields?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
}

/** The error that an answer stands for. @param body its JSON, or undefined when it was none. */
export function toError(response: Response, body: unknown): PacSpaceError {
  const { status } = response;
  const problem = readProblem(body);
  const message = problem.message ?? `the service answered ${status} without saying why`;
  const retryAfter = readRetryAfter(response, problem);
  const options = (code: string): PacSpaceErrorOptions => ({
    code: problem.code ?? code,
    status,
    traceId: problem.traceId,
    fields: problem.fields,
    retryAfter,
  });
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return new ValidationError(message, options('VALIDATION_FAILED'));
    case 401:
      return new InvalidApiKeyError(message, options('INVALID_API_KEY'));
    case 402:
      return new PlanLimitExceededError(message, options('PLAN_LIMIT_EXCEEDED'));
    case 403:
      return new ForbiddenError(message, options('FORBIDDEN'));
    case 404:
      return new NotFoundError(message, options('NOT_FOUND'));
    case 409:
      return problem.code === undefined || problem.code === 'IDEMPOTENCY_CONFLICT'
        ? new IdempotencyConflictError(message, options('IDEMPOTENCY_CONFLICT'))
        : new PacSpaceError(message, options(problem.code));
    case 429:
      return new RateLimitError(message, options('RATE_LIMITED'));
    case 202:
      return new ServiceUnavailableError(message, options('IDEMPOTENCY_PENDING'));
    case 408:
      return new ServiceUnavailableError(message, options('UNAVAILABLE'));
    default:
      return status >= 500
        ? new ServiceUnavailableError(message, options(status === 500 ? 'INTERNAL' : 'UNAVAILABLE'))
        : new PacSpaceError(message, options('UNEXPECTED_ANSWER'));
  }
}

function readProblem(body: unknown): ProblemText {
  if (!isObject(body)) return {};
  const error = isObject(body['error']) ? body['error'] : {};
  const { code, message, retryAfterSeconds } = error;
  const { traceId } = body;
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof message === 'string' && { message }),
    ...(typeof traceId === 'string' && { traceId }),
    ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    ...(Array.isArray(error['fields']) && { fields: error['fields'].filter(isFieldError) }),
  };
}

function isFieldError(value: unknown): value is FieldError {
  return isObject(value) && typeof value['path'] === 'string' && typeof value['message'] === 'string';
}

/** Whole seconds: the header's, as a number or a date (RFC 9110, 10.2.3), or else the body's. */
function readRetryAfter(response: Response, { retryAfterSeconds }: ProblemText): number | undefined {
  const header = response.headers.get('retry-after');
  if (header === null) return retryAfterSeconds;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : retryAfterSeconds;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
