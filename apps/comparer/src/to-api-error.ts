import { isPassing } from '@pacspace/ledger';
import { LogError } from '@pacspace/log';
import { ApiError } from '@pacspace/wire';

/** SQLSTATE of a statement that ran into its time-out. */
const CANCELLED = '57014';

/** Any error as one of the API's table, told to whoever asked. What nobody foresaw becomes INTERNAL. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'GATE_FULL') return unavailable('too many comparisons are waiting', error);
  if (code === CANCELLED) return unavailable('the comparison took too long: ask for less', error);
  if (error instanceof LogError || isPassing(error) || String(error).includes('Query read timeout')) {
    return unavailable('a server does not answer now', error);
  }
  return new ApiError('INTERNAL', 'something went wrong here; it has been logged', { cause: error });
}

function unavailable(message: string, cause: unknown): ApiError {
  return new ApiError('UNAVAILABLE', message, { cause, retryAfterSeconds: 1 });
}
