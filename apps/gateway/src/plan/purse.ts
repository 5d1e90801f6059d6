import type { ApiError } from '@pacspace/wire';

/** How a delta that was paid for ended: in the log, perhaps in the log, or not handed to the log at all. */
export type Ended = 'stored' | 'unsure' | 'unsent';

/** What deltas of an environment with a limited plan are paid from: one unit each. */
export interface Purse {
  /** Spends a unit that is at hand. */
  trySpend(): boolean;
  /**
   * Waits until a unit may be at hand. Undefined: try again.
   *
   * @returns why there is none: PLAN_LIMIT_EXCEEDED only when the ledger has as many deltas as the plan allows.
   */
  refill(): Promise<ApiError | undefined>;
  /** To be told once for every unit spent. */
  end(lane: number, ended: Ended): void;
  /** By when a delta that is paid for now must be in the log, or never come there; by `performance.now()`. */
  readonly storedByMs: number;
}

/** Around the turn of a month the log may record a delta in either: it is paid for in both. */
export class TwoPurses implements Purse {
  constructor(
    private readonly ending: Purse,
    private readonly beginning: Purse,
  ) {}

  trySpend(): boolean {
    if (!this.ending.trySpend()) return false;
    if (this.beginning.trySpend()) return true;
    this.ending.end(0, 'unsent');
    return false;
  }

  async refill(): Promise<ApiError | undefined> {
    return (await this.ending.refill()) ?? (await this.beginning.refill());
  }

  end(lane: number, ended: Ended): void {
    this.ending.end(lane, ended);
    this.beginning.end(lane, ended);
  }

  get storedByMs(): number {
    return Math.min(this.ending.storedByMs, this.beginning.storedByMs);
  }
}
