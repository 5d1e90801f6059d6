import { loadLanes } from '@pacspace/ledger';
import { countEnvelopes, type DeltaLog } from '@pacspace/log';
import { traceStep } from '@pacspace/service';
import { PROJECTED_SUBJECTS } from '@pacspace/wire';
import type pg from 'pg';

const POLL_EVERY_MS = 50;

/**
 * Waits for the ledger. The projector says when it has written a turn, which wakes the waiting at once; such a message
 * may be lost, so the ledger is asked every 50 ms as well. What it says itself decides.
 */
export class LedgerProgress {
  private readonly wakers = new Set<() => void>();

  constructor(
    private readonly log: DeltaLog,
    private readonly pool: pg.Pool,
  ) {
    // Lives as long as the connection, over its reconnects, and ends when that is drained.
    log.connection.subscribe(PROJECTED_SUBJECTS, {
      callback: () => {
        for (const wake of this.wakers) wake();
      },
    });
  }

  /**
   * Resolves once the lanes' ledger has all that their log holds now.
   *
   * @returns whether it has; false when `timeoutMs` have passed before that.
   * @throws LogError UNAVAILABLE; what the data base throws.
   */
  waitUntilProjected(lanes: readonly number[], timeoutMs: number): Promise<boolean> {
    return traceStep('wait for projection', {}, () => this.waitFor(lanes, timeoutMs));
  }

  private async waitFor(lanes: readonly number[], timeoutMs: number): Promise<boolean> {
    const counts = await countEnvelopes(this.log);
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const woken = this.nextTurn();
      const reached = new Map((await loadLanes(this.pool)).map(({ lane, envelopes }) => [lane, envelopes]));
      if (lanes.every((lane) => (reached.get(lane) ?? 0) >= (counts[lane] ?? 0))) return true;
      if (performance.now() >= deadline) return false;
      await woken;
    }
  }

  /** The next turn that is heard of, or the time to ask again. Begun before the question, so that none is missed. */
  private nextTurn(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, POLL_EVERY_MS);
      this.wakers.add(wake);
    });
  }
}
