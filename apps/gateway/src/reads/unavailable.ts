import { isPassing } from '@pacspace/ledger';
import { LogError } from '@pacspace/log';
import { ServiceError } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';

/** SQLSTATE of a statement that ran into its time-out. */
const CANCELLED = '57014';

/** Runs a read; what the store cannot answer now becomes a 503 that says when to ask again. */
export async function orUnavailable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof ServiceError && cause.code === 'GATE_FULL') {
      throw unavailable('too many large reads are waiting', cause);
    }
    if ((cause as { code?: unknown } | null)?.code === CANCELLED) {
      throw unavailable('the read took too long: ask for less, or again later', cause);
    }
    if (cause instanceof LogError && cause.code === 'UNAVAILABLE') {
      throw unavailable('the log cannot be read now', cause);
    }
    if (isPassing(cause) || String(cause).includes('Query read timeout')) {
      throw unavailable('the ledger cannot be read now', cause);
    }
    throw cause;
  }
}

function unavailable(message: string, cause: unknown): ApiError {
  return new ApiError('UNAVAILABLE', message, { cause, retryAfterSeconds: 1 });
}
