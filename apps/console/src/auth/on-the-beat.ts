import { setTimeout as sleep } from 'node:timers/promises';

/** Far more than a few rows written or not, and little beside a password's hash. */
const BEAT_MS = 100;

/** Runs the work and resolves at a whole number of beats after its begin: how much of it there was does not show. */
export async function onTheBeat<T>(work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    await sleep(BEAT_MS - ((performance.now() - startedAt) % BEAT_MS));
  }
}
