import type { HealthCheck } from './health.js';
import { withTimeout } from './with-timeout.js';

export interface ProbeOptions {
  /** Asks the dependency; an answer is its detail, a rejection means failed. Should stop when `signal` is aborted. */
  readonly ask: (signal: AbortSignal) => Promise<string | undefined>;
  /** From the end of one question to the next. */
  readonly everyMs?: number;
  readonly timeoutMs?: number;
}

/**
 * Keeps a check up to date where no traffic would: asks on a timer, one question at a time, each within a timeout.
 * The timer does not keep the process alive.
 * @returns a function that stops it; after that the check is not touched again.
 */
export function startProbe(
  check: HealthCheck,
  { ask, everyMs = 5_000, timeoutMs = 2_000 }: ProbeOptions,
): () => void {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  async function round(): Promise<void> {
    try {
      const detail = await withTimeout(check.name, timeoutMs, ask);
      if (!stopped.signal.aborted) check.ok(detail);
    } catch (error) {
      if (!stopped.signal.aborted) check.failed(error instanceof Error ? error.message : String(error));
    }
    if (!stopped.signal.aborted) timer = setTimeout(() => void round(), everyMs).unref();
  }

  void round();
  return () => {
    stopped.abort();
    clearTimeout(timer);
  };
}
