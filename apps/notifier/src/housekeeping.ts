import {
  countEndpoints,
  countWaiting,
  disableEndpoint,
  findLongFailing,
  forgetDelivered,
} from '@pacspace/ledger';
import { type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type pg from 'pg';
import type { EndpointBook } from './deliver/endpoint-book.js';
import type { NotifierMetrics } from './notifier-metrics.js';

export interface HousekeepingTools {
  readonly pool: pg.Pool;
  readonly book: EndpointBook;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly health: HealthCheck;
  readonly now: () => number;
  /** Lanes held here; what is done once for the deployment, the holder of lane 0 does. */
  readonly lanes: () => readonly number[];
  readonly keptMs: number;
  readonly disableAfterMs: number;
}

const REFRESH_EVERY_MS = 1_000;
const COUNT_EVERY_MS = 10_000;
const FORGET_EVERY_MS = 60_000;
const FORGET_ROWS = 5_000;
const MOST_COUNTED = 1_000_000;

/** What has to be done now and then: nobody waits for it. */
export class Housekeeping {
  constructor(private readonly tools: HousekeepingTools) {}

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([
      this.every(REFRESH_EVERY_MS, signal, () => this.tools.book.refresh()),
      this.every(COUNT_EVERY_MS, signal, () => this.count()),
      this.every(FORGET_EVERY_MS, signal, () => this.forget(signal)),
    ]);
  }

  private async every(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const { logger, health } = this.tools;
    while (await sleep(everyMs, signal)) {
      try {
        await work();
        health.ok();
      } catch (error) {
        if (health.state === 'ok') logger.warn({ err: error }, 'housekeeping is put off');
        health.degraded(String(error));
      }
    }
  }

  private async count(): Promise<void> {
    const { pool, metrics, lanes, now, disableAfterMs, logger } = this.tools;
    metrics.waiting.set(await countWaiting(pool, lanes(), MOST_COUNTED));
    if (!lanes().includes(0)) return metrics.endpoints.reset();
    for (const number of await findLongFailing(pool, now() - disableAfterMs)) {
      if (await disableEndpoint(pool, number, { reason: 'failing', nowMs: now() }))
        logger.warn({ endpointNo: number }, 'a webhook has failed for too long: disabled');
    }
    metrics.endpoints.reset();
    for (const { state, count } of await countEndpoints(pool)) metrics.endpoints.set({ state }, count);
  }

  private async forget(signal: AbortSignal): Promise<void> {
    const { pool, metrics, lanes, now, keptMs } = this.tools;
    while (lanes().includes(0) && !signal.aborted) {
      const rows = await forgetDelivered(pool, now() - keptMs, FORGET_ROWS);
      metrics.forgotten.inc(rows);
      if (rows < FORGET_ROWS) return;
    }
  }
}
