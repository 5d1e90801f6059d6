import { ApiError } from '@pacspace/wire';
import { KeyRate, type Rate, type RateStanding } from './key-rate.js';

/** How often what was charged is shared with the other gateways: so long may each of them let the same burst through. */
const SHARE_EVERY_MS = 100;
/** Keys that are shared at once; more of them take turns. */
const SHARED_AT_ONCE = 500;
/** How long a batch that is read as it comes is held back, a piece at a time, before it is broken off. */
const HOLD_BACK_MS = 10_000;

export interface RateLimitsOptions {
  /** Charges a key where all gateways do, and tells how far ahead of its rate it is; rejects while that is away. */
  readonly share: (keyId: string, costMs: number) => Promise<number>;
  /** Steady clock, ms. */
  readonly now?: () => number;
}

/** Who is charged, and at what rate. */
export interface Payer {
  readonly keyId: string;
  readonly rate: Rate;
}

/**
 * What each key may send, counted in deltas; every other request counts as one. Charged here, in memory, and shared with
 * the other gateways in the background: no request waits for Redis, and without Redis each gateway limits what comes
 * through it.
 */
export class RateLimits {
  private readonly keys = new Map<string, KeyRate>();
  private readonly unshared = new Set<string>();
  private readonly now: () => number;
  private readonly timer: NodeJS.Timeout;
  private sharing = false;

  constructor(private readonly options: RateLimitsOptions) {
    this.now = options.now ?? (() => performance.now());
    this.timer = setInterval(() => void this.share(), SHARE_EVERY_MS).unref();
  }

  /** @throws ApiError RATE_LIMITED: nothing is charged. */
  charge(payer: Payer, cost: number): void {
    const waitMs = this.take(payer, cost);
    if (waitMs > 0) throw rateLimited(payer.rate, waitMs);
  }

  /** The same, but waits for a while: a producer that streams is slowed down to its rate. */
  async chargePatiently(payer: Payer, cost: number): Promise<void> {
    const until = this.now() + HOLD_BACK_MS;
    for (;;) {
      const waitMs = this.take(payer, cost);
      if (waitMs === 0) return;
      if (this.now() + waitMs > until) throw rateLimited(payer.rate, waitMs);
      await new Promise((resolve) => setTimeout(resolve, Math.ceil(waitMs)));
    }
  }

  standing({ keyId, rate }: Payer): RateStanding {
    return this.open(keyId, rate).standing(this.now());
  }

  close(): void {
    clearInterval(this.timer);
  }

  /** Tells what was charged since the last time, and hears what was charged elsewhere; keys at rest are forgotten. */
  async share(): Promise<void> {
    if (this.sharing) return;
    this.sharing = true;
    const some = [...this.unshared].slice(0, SHARED_AT_ONCE);
    await Promise.allSettled(some.map((keyId) => this.shareOne(keyId)));
    this.sharing = false;
    for (const [keyId, key] of this.keys) if (key.isAtRest(this.now())) this.keys.delete(keyId);
  }

  private async shareOne(keyId: string): Promise<void> {
    this.unshared.delete(keyId);
    const key = this.keys.get(keyId);
    const costMs = key?.takeUnshared() ?? 0;
    if (key === undefined || costMs === 0) return;
    // When it is not heard of, what was charged here counts here all the same.
    const aheadMs = await this.options.share(keyId, costMs);
    key.hear(aheadMs, this.now());
  }

  private take({ keyId, rate }: Payer, cost: number): number {
    const waitMs = this.open(keyId, rate).take(cost, this.now());
    if (waitMs === 0) this.unshared.add(keyId);
    return waitMs;
  }

  private open(keyId: string, rate: Rate): KeyRate {
    let key = this.keys.get(keyId);
    if (key === undefined) this.keys.set(keyId, (key = new KeyRate(rate)));
    key.rate = rate;
    return key;
  }
}

function rateLimited({ perSecond, burst }: Rate, waitMs: number): ApiError {
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const message =
    `the key may send ${perSecond.toLocaleString('en')} deltas a second, and ${burst.toLocaleString('en')} at once: ` +
    `try again in ${retryAfterSeconds} s`;
  return new ApiError('RATE_LIMITED', message, { retryAfterSeconds });
}
