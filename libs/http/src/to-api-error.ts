import { HttpException } from '@nestjs/common';
import { API_ERRORS, ApiError, type ApiErrorCode } from '@pacspace/wire';

/** What the framework refuses with a status of its own, in the table's codes. */
const CODES: Readonly<Record<number, ApiErrorCode>> = {
  400: 'VALIDATION_FAILED',
  404: 'NOT_FOUND',
  405: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'VALIDATION_FAILED',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  503: 'UNAVAILABLE',
};

/**
 * Any error as one of the table's. What nobody foresaw becomes INTERNAL, with a message that tells nothing of our
 * insides; the caller logs the cause.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = statusOf(error);
  const code = status === undefined ? undefined : CODES[status];
  if (code === undefined || !(error instanceof Error)) {
    return new ApiError('INTERNAL', 'something went wrong here; it has been logged', { cause: error });
  }
  if (code === 'UNAVAILABLE') {
    return new ApiError(code, 'the service is about to stop: try again', {
      cause: error,
      retryAfterSeconds: 1,
    });
  }
  return new ApiError(code, messageOf(error, code), { cause: error });
}

/** Nest's exceptions and Fastify's errors carry the status that they want answered. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

function messageOf(error: Error, code: ApiErrorCode): string {
  return code === 'NOT_FOUND' ? 'there is nothing at this address' : error.message || API_ERRORS[code].title;
}
