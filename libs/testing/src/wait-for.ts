import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitForOptions {
  /** Default 30,000: it is the time of a machine that has much else to do. */
  readonly timeoutMs?: number;
  /** Default 20. */
  readonly everyMs?: number;
}

type Truthy<T> = Exclude<T, false | undefined | null>;

/**
 * Calls `check` until it returns something true without throwing, and returns that.
 *
 * @throws when the time is out: with the last error as its cause, if `check` threw.
 */
export async function waitFor<T>(
  check: () => T | Promise<T>,
  options: WaitForOptions = {},
): Promise<Truthy<T>> {
  const { timeoutMs = 30_000, everyMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await check();
      if (value) return value as Truthy<T>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`not so within ${timeoutMs} ms: ${check.toString()}`, { cause });
    }
    await sleep(everyMs);
  }
}
