import { type ArgumentsHost, Catch } from '@nestjs/common';
import { ProblemFilter } from '@pacspace/http';
import { isPassing } from '@pacspace/ledger';
import { ApiError } from '@pacspace/wire';

/** SQLSTATE of a statement that ran into its time-out. */
const CANCELLED = '57014';

/** A data base that cannot answer now is no bug: a 503 that says when to ask again. */
@Catch()
export class ConsoleFilter extends ProblemFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    super.catch(isNotNow(error) ? notNow(error) : error, host);
  }
}

function isNotNow(error: unknown): boolean {
  if (error instanceof ApiError) return false;
  const isCancelled = (error as { code?: unknown } | null)?.code === CANCELLED;
  return isCancelled || isPassing(error) || String(error).includes('Query read timeout');
}

function notNow(cause: unknown): ApiError {
  const message = 'the accounts cannot be read or changed now; nothing was changed';
  return new ApiError('UNAVAILABLE', message, { cause, retryAfterSeconds: 1 });
}
