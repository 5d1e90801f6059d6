/**
 * UNAVAILABLE: Redis cannot be reached, does not answer in time, or will not take this now. A write may have been
 * carried out all the same; repeating it is harmless.
 * CORRUPT: what is stored is not what this version writes; to be treated as absent.
 */
export type CacheErrorCode = 'UNAVAILABLE' | 'CORRUPT';

export class CacheError extends Error {
  constructor(
    readonly code: CacheErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CacheError';
  }
}

/** Whatever the driver rejects with means that the cache is of no use at the moment. */
export async function orUnavailable<T>(command: Promise<T>): Promise<T> {
  try {
    return await command;
  } catch (cause) {
    throw new CacheError('UNAVAILABLE', `the cache does not answer: ${String(cause)}`, { cause });
  }
}
