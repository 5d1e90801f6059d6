/** What one key may send: `perSecond` deltas for ever, and `burst` of them at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateStanding {
  /** What could be sent at once. */
  readonly remaining: number;
  /** Until all of the burst could. */
  readonly fullInMs: number;
}

/**
 * How far a key is ahead of its rate (the generic cell rate algorithm: the one number is the time at which all that was
 * sent will be paid for). What costs more than the whole burst is taken when the key is not ahead at all, and puts it
 * so much further ahead.
 */
export class KeyRate {
  private paidAtMs = -Infinity;
  private unsharedMs = 0;

  constructor(public rate: Rate) {}

  /** Charges the cost when it can be taken now; else 0 is charged, and the wait until it can be is returned, in ms. */
  take(cost: number, nowMs: number): number {
    const { perSecond, burst } = this.rate;
    const needed = (Math.min(cost, burst) / perSecond) * 1_000;
    const waitMs = Math.max(this.paidAtMs, nowMs) + needed - nowMs - this.burstMs;
    // A thousandth of a millisecond is what doubles of this size lose.
    if (waitMs > 1e-3) return waitMs;
    const costMs = (cost / perSecond) * 1_000;
    this.paidAtMs = Math.max(this.paidAtMs, nowMs) + costMs;
    this.unsharedMs += costMs;
    return 0;
  }

  standing(nowMs: number): RateStanding {
    const aheadMs = Math.max(0, this.paidAtMs - nowMs);
    const remaining = Math.floor(((this.burstMs - aheadMs) / 1_000) * this.rate.perSecond + 1e-6);
    return { remaining: Math.max(0, remaining), fullInMs: aheadMs };
  }

  /** What was charged here since the last call: to be told to the other gateways. */
  takeUnshared(): number {
    const unshared = this.unsharedMs;
    this.unsharedMs = 0;
    return unshared;
  }

  /** @param aheadMs how far ahead all that all gateways have told of is. */
  hear(aheadMs: number, nowMs: number): void {
    this.paidAtMs = nowMs + aheadMs + this.unsharedMs;
  }

  isAtRest(nowMs: number): boolean {
    return this.paidAtMs <= nowMs && this.unsharedMs === 0;
  }

  private get burstMs(): number {
    return (this.rate.burst / this.rate.perSecond) * 1_000;
  }
}
