/** A lane, and how many of its envelopes must be in the ledger. */
export interface Need {
  readonly lane: number;
  readonly envelopes: number;
}

export interface LaneProgressOptions {
  /** Reads the ledger's positions: asked only while somebody waits. */
  readonly poll: () => Promise<readonly Need[]>;
  readonly pollEveryMs?: number;
}

interface Waiter {
  readonly needs: readonly Need[];
  readonly resolve: (reached: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

const POLL_EVERY_MS = 50;

/**
 * How far each lane is in the ledger, as far as this process has heard. The projector says so after each turn
 * (`note`), which wakes the waiting within a millisecond; such a message may be lost, so that while anybody waits
 * the ledger itself is asked every 50 ms as well.
 *
 * It is a hint that spares useless reads, never the truth: a reader goes by the position that came with what it read.
 */
export class LaneProgress {
  private readonly reached = new Map<number, number>();
  private readonly waiters = new Set<Waiter>();
  private polling = false;
  private polledAt = -Infinity;

  constructor(private readonly options: LaneProgressOptions) {}

  note({ lane, envelopes }: Need): void {
    if (envelopes <= (this.reached.get(lane) ?? 0)) return;
    this.reached.set(lane, envelopes);
    for (const waiter of this.waiters) if (this.has(waiter.needs)) this.settle(waiter, true);
  }

  has(needs: readonly Need[]): boolean {
    return needs.every(({ lane, envelopes }) => (this.reached.get(lane) ?? 0) >= envelopes);
  }

  /** Resolves true once all needs are met, false when `timeoutMs` have passed before that. */
  waitFor(needs: readonly Need[], timeoutMs: number): Promise<boolean> {
    if (this.has(needs)) return Promise.resolve(true);
    if (timeoutMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.settle(waiter, false), timeoutMs);
      const waiter: Waiter = { needs, resolve, timer };
      this.waiters.add(waiter);
      if (!this.polling) void this.pollWhileWaiting();
    });
  }

  private settle(waiter: Waiter, reached: boolean): void {
    clearTimeout(waiter.timer);
    this.waiters.delete(waiter);
    waiter.resolve(reached);
  }

  private async pollWhileWaiting(): Promise<void> {
    const { poll, pollEveryMs = POLL_EVERY_MS } = this.options;
    this.polling = true;
    while (this.waiters.size > 0) {
      const pauseMs = this.polledAt + pollEveryMs - performance.now();
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      // Heard of in the meantime, as a rule.
      if (this.waiters.size === 0) break;
      this.polledAt = performance.now();
      try {
        for (const position of await poll()) this.note(position);
      } catch {
        // The ledger is away: whoever waits finds that out by its own read, or by its time-out.
      }
    }
    this.polling = false;
  }
}
