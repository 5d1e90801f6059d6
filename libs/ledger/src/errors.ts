/**
 * FENCED: another writer has moved the lane's watermark; stand down.
 * KEY_RECORDED: a turn was folded as if none of its keys were recorded, and one is; nothing was changed.
 * UNAVAILABLE: the data base cannot be reached or will not take this now; nothing was changed.
 * SCHEMA_BEHIND: migrations have not been run.
 * LANES_MISMATCH: the ledger was made with another lane count.
 */
export type LedgerErrorCode = 'FENCED' | 'KEY_RECORDED' | 'UNAVAILABLE' | 'SCHEMA_BEHIND' | 'LANES_MISMATCH';

export class LedgerError extends Error {
  constructor(
    readonly code: LedgerErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LedgerError';
  }
}

/**
 * SQLSTATEs that say "not now" rather than "never": connection, resources, intervention, rollback, a lock, the disk;
 * and read-only, which a standby is until it is promoted.
 */
const PASSING_STATES = /^(08|53|57|40|55P03|58030|25006)/;
const PASSING_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** True when the same work may succeed later: the server is away, restarting, full, or chose another victim. */
export function isPassing(error: unknown): boolean {
  if (error instanceof LedgerError) return error.code === 'UNAVAILABLE';
  if (typeof error !== 'object' || error === null) return false;
  const { code, errors, message } = error as { code?: unknown; errors?: unknown; message?: unknown };
  // A host with several addresses: what each of them answered.
  if (Array.isArray(errors)) return errors.length > 0 && errors.every(isPassing);
  if (typeof code === 'string') return PASSING_STATES.test(code) || PASSING_SYSTEM_CODES.has(code);
  // pg reports a lost connection by message alone.
  return typeof message === 'string' && LOST_CONNECTION.test(message);
}

const LOST_CONNECTION =
  /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i;
