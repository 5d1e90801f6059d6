import { ServiceError } from './errors.js';

/**
 * The outcome of `ask`, unless it takes longer than `timeoutMs`. It is given up then even when it does not heed its signal,
 * for a driver that hangs is the very case; what it does later is not looked at.
 * @throws {ServiceError} TIMED_OUT, naming `what`.
 */
export async function withTimeout<T>(
  what: string,
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const expiry = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new ServiceError('TIMED_OUT', `${what} gave no answer within ${timeoutMs} ms`);
      reject(error);
      expiry.abort(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([ask(expiry.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}
