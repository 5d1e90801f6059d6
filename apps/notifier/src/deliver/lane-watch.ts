import { findDueEndpoints, giveUpWaiting, releaseHeads } from '@pacspace/ledger';
import { formatAttempt } from '@pacspace/webhooks';
import type pg from 'pg';
import type { Dispatcher } from './dispatcher.js';
import type { EndpointBook } from './endpoint-book.js';

export interface WatchTools {
  readonly pool: pg.Pool;
  readonly book: EndpointBook;
  readonly dispatcher: Dispatcher;
  readonly now: () => number;
  /** Told at each look: by how much the delivery is late that is latest. */
  readonly onOverdue: (lane: number, seconds: number) => void;
}

/** Rows in one statement that gives up what waits for an endpoint that is off for good. */
const GIVE_UP = 5_000;
/** Held deliveries that nobody would fetch are rare: a look into all of them is, too. */
const RELEASE_EVERY_MS = 30_000;

/** Looks for what is due in one lane: retries whose time has come, replays, and what an earlier holder has left. */
export class LaneWatch {
  private releasedAtMs = 0;

  constructor(
    private readonly lane: number,
    private readonly tools: WatchTools,
  ) {}

  async look(): Promise<void> {
    const { pool, book, dispatcher, now, onOverdue } = this.tools;
    const { lane } = this;
    await this.release();
    const waiting = await findDueEndpoints(pool, lane);
    await book.learn(waiting.map(({ endpointNo }) => endpointNo));
    let overdueMs = 0;
    for (const { endpointNo, dueAtMs } of waiting) {
      const row = book.get(endpointNo)?.row;
      const isOff = row === undefined || row.deletedAtMs !== undefined || !row.enabled;
      if (!isOff) {
        if (dueAtMs > now()) continue;
        overdueMs = Math.max(overdueMs, now() - dueAtMs);
        dispatcher.wake(lane, endpointNo);
        // What its owner has switched off is kept for when it is on again.
      } else if (row?.deletedAtMs !== undefined || row?.disabledReason !== 'operator') {
        await this.giveUp(
          endpointNo,
          row?.deletedAtMs === undefined ? (row?.disabledReason ?? 'deleted') : 'deleted',
        );
      }
    }
    onOverdue(lane, overdueMs / 1000);
  }

  private async release(): Promise<void> {
    const { pool, dispatcher, now } = this.tools;
    if (now() - this.releasedAtMs < RELEASE_EVERY_MS) return;
    await dispatcher.inOrder(this.lane, () => releaseHeads(pool, this.lane, now()));
    this.releasedAtMs = now();
  }

  private async giveUp(endpointNo: number, why: string): Promise<void> {
    const { pool, now } = this.tools;
    const nowMs = now();
    const line = formatAttempt({ at: nowMs, ms: 0, error: `given up: the webhook is off (${why})` });
    await giveUpWaiting(pool, { lane: this.lane, endpointNo, nowMs, line, limit: GIVE_UP });
  }
}
