import { ApiError } from '@pacspace/wire';

/** In the log at this sequence. */
export interface Accepted {
  readonly kind: 'accepted';
  readonly sequence: number;
}

/** What a producer is told about one delta. */
export type EmitOutcome =
  | Accepted
  /** It was there already, under the same key: the first answer again. */
  | { readonly kind: 'replayed'; readonly sequence: number }
  | { readonly kind: 'refused'; readonly error: ApiError };

export function refused(error: ApiError): EmitOutcome {
  return { kind: 'refused', error };
}

const RETRY_AFTER_SECONDS = 1;

/** The log did not take it, or has no room: it may be sent again, best with an idempotency key. */
export function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError('UNAVAILABLE', message, { retryAfterSeconds: RETRY_AFTER_SECONDS, cause });
}

export function conflict(): ApiError {
  return new ApiError('IDEMPOTENCY_CONFLICT', 'the idempotency key was used before for another delta');
}
