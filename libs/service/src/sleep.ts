import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits `ms`, or until `signal` is aborted.
 * @returns whether the whole time passed; false when it was cut short, which is no error: `while (await sleep(1000, signal))`.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch (error) {
    if (signal?.aborted === true) return false;
    throw error;
  }
}
