import { isPassing, type SettledDelivery, settleDeliveries, withTransaction } from '@pacspace/ledger';
import { backoffMs, type HealthCheck, type Logger, sleep } from '@pacspace/service';
import type pg from 'pg';

interface Result {
  readonly settled: SettledDelivery;
  readonly onWritten: () => void;
}

const BATCH = 1_000;
/** Results that wait to be written: with more, nothing new is sent. */
const MOST_WAITING = 5_000;
/** What comes within this time rides along: nobody waits for it but the delivery log. */
const LINGER_MS = 5;
const RETRY = { firstMs: 100, maxMs: 5_000 };

/**
 * Notes what tries came to, many in one transaction. While the data base is away results wait here, and nothing new is
 * sent: what is lost with the process is sent once more by the next one.
 */
export class SettleWriter {
  private waiting: Result[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly tools: { readonly pool: pg.Pool; readonly logger: Logger; readonly health: HealthCheck },
  ) {}

  get hasRoom(): boolean {
    return this.waiting.length < MOST_WAITING;
  }

  get level(): { readonly used: number; readonly limit: number } {
    return { used: this.waiting.length, limit: MOST_WAITING };
  }

  add(settled: SettledDelivery, onWritten: () => void): void {
    this.waiting.push({ settled, onWritten });
    this.running ??= this.writeAll();
  }

  async whenIdle(): Promise<void> {
    while (this.running !== undefined) await this.running;
  }

  private async writeAll(): Promise<void> {
    await sleep(LINGER_MS);
    while (this.waiting.length > 0) {
      const batch = this.waiting.slice(0, BATCH);
      await this.write(batch.map(({ settled }) => settled));
      this.waiting = this.waiting.slice(batch.length);
      for (const { onWritten } of batch) onWritten();
    }
    this.running = undefined;
  }

  private async write(batch: readonly SettledDelivery[]): Promise<void> {
    const { pool, logger, health } = this.tools;
    for (let attempt = 0; ; attempt += 1) {
      try {
        await withTransaction(pool, (client) => settleDeliveries(client, batch));
        if (attempt > 0) health.ok();
        return;
      } catch (error) {
        if (attempt === 0)
          logger.warn({ err: error, passing: isPassing(error) }, 'results of deliveries cannot be written');
        health.failed(`results of deliveries cannot be written: ${String(error)}`);
        await sleep(backoffMs(attempt, RETRY));
      }
    }
  }
}
