import type { FailedDelta, VerifiedDelta, WaitingDelta } from '../api-types.js';
import { PacSpaceError, TimeoutError } from '../errors.js';
import { sleep } from '../http/retry.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks until the delta is in the ledger. The service waits a moment itself, so one question is enough as a rule.
 *
 * @throws PacSpaceError with the ledger's code when it refused the delta; TimeoutError when it took too long.
 */
export async function waitUntilFinal(
  ask: () => Promise<VerifiedDelta | WaitingDelta | FailedDelta>,
  { signal, waitMs }: { readonly signal: AbortSignal | undefined; readonly waitMs: number },
): Promise<VerifiedDelta> {
  const deadline = Date.now() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const found = await ask();
    if (found.status === 'VERIFIED') return found;
    if (found.status === 'FAILED') {
      const { code, message } = found.error;
      throw new PacSpaceError(`the ledger refused ${found.recordId}: ${message}`, { code });
    }
    if (Date.now() + pauseMs > deadline) {
      const message = `${found.recordId} is recorded, and still ${found.status} after ${waitMs} ms`;
      throw new TimeoutError(message, { code: 'TIMEOUT' });
    }
    await sleep(pauseMs, signal);
  }
}
