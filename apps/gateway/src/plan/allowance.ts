import type { UnitsExchange, UnitsGranted } from '@pacspace/ledger';
import type { Need } from '@pacspace/reads';
import type { ApiError } from '@pacspace/wire';
import { LandedUnits } from './landed-units.js';
import type { Ended, Purse } from './purse.js';

/** What an allowance stands on: the data base, the log, the projector's news, the other gateways. */
export interface AllowanceStore {
  exchange(of: Omit<UnitsExchange, 'environmentId' | 'month' | 'gatewayId'>): Promise<UnitsGranted>;
  /** Takes back what gateways hold that are not there any more, once the ledger has what they let through. */
  reclaim(gateways: readonly string[]): Promise<void>;
  /** Envelopes in each lane of the log; undefined: it does not answer. */
  countEnvelopes(): Promise<readonly number[] | undefined>;
  /** Resolves when the ledger is known to have as many, or when the time is over. */
  waitUntilReached(needs: readonly Need[], timeoutMs: number): Promise<unknown>;
  /** Asks the other gateways for what they do not need, and gives them a moment. */
  callUnitsIn(): Promise<unknown>;
}

export interface AllowanceOptions {
  readonly store: AllowanceStore;
  readonly leaseMs: number;
  readonly refusals: {
    /** @param used deltas of the month that are in the ledger. */
    readonly usedUp: (allowed: number, used: number) => ApiError;
    readonly uncounted: (cause?: unknown) => ApiError;
  };
}

/** Most units at hand: a quarter of a second of the fastest producer there is. */
const MOST_UNITS = 20_000;
/** How long a delta waits for a unit while it is not known whether there is one. */
const WAIT_MS = 3_000;
const SETTLE_WAIT_MS = 250;
const CLOSE_ROUNDS = 4;
/** After a wait in vain the next ones are this long, until units come again: a batch must not wait for each of its pieces. */
const SHORT_WAIT_MS = 250;
/** Units that nobody has spent for this long go back. */
const IDLE_MS = 2_000;

/**
 * This gateway's part of what a plan allows an environment in a month. Units are taken from the data base in blocks,
 * ahead of need, and spent without asking anybody:
 *
 *   left ──exchange──▶ held ──trySpend──▶ flying ──stored──▶ landed ──in the ledger──▶ counted there
 *     ▲──── idle, or another gateway asks ──┘  ▲──unsent──┘     └─ perhaps stored: landed after a long wait
 *
 * All but `left` is in this gateway's lease until the ledger counts it. So a delta that turns out to be a duplicate
 * gives its unit back by not being counted; and units that a killed gateway held are free when its lease has run out.
 * Units are spent in the first half of the lease alone, and what they were spent on is in the log a quarter later or
 * never: the last quarter is for clocks and networks.
 *
 * One exchange is under way at a time, and nothing but an exchange changes the sum of held, flying and landed.
 */
export class Allowance implements Purse {
  /** By the plan as it is now; it may change within the month. */
  allowed = 0;
  storedByMs = -Infinity;
  private spendableUntilMs = -Infinity;
  private held = 0;
  private flying = 0;
  private readonly landed: LandedUnits;
  private used = 0;
  private waiting = 0;
  /** Below this many the next block is fetched. */
  private low = 0;
  /** The last exchange brought nothing, though something was wanted. */
  private dry = false;
  private calledIn = false;
  private waitMs = WAIT_MS;
  private spentAt = -Infinity;
  private exchanging: Promise<unknown> | undefined;

  constructor(private readonly options: AllowanceOptions) {
    this.landed = new LandedUnits(options.leaseMs);
  }

  trySpend(): boolean {
    if (this.held === 0) return false;
    const now = performance.now();
    if (now >= this.spendableUntilMs) return false;
    this.held -= 1;
    this.flying += 1;
    this.spentAt = now;
    if (this.held < this.low && !this.dry && this.exchanging === undefined) this.exchangeSoon();
    return true;
  }

  async refill(): Promise<ApiError | undefined> {
    const { usedUp, uncounted } = this.options.refusals;
    const until = performance.now() + this.waitMs;
    this.waiting += 1;
    try {
      for (;;) {
        if (this.used >= this.allowed) return usedUp(this.allowed, this.used);
        const now = performance.now();
        if (this.held > 0 && now < this.spendableUntilMs) return undefined;
        if (now >= until) {
          this.waitMs = SHORT_WAIT_MS;
          return uncounted();
        }
        await orTimeout(this.exchangeOnce(), until - now);
      }
    } catch (cause) {
      return uncounted(cause);
    } finally {
      this.waiting -= 1;
    }
  }

  end(lane: number, ended: Ended): void {
    this.flying -= 1;
    if (ended === 'unsent') this.held += 1;
    else this.landed.add(lane, ended === 'stored');
  }

  /** Another gateway is short of units. */
  callIn(): void {
    if (this.held + this.landed.count === 0) return;
    this.calledIn = true;
    this.exchangeSoon();
  }

  /** To be called every second or so: settles what has landed, renews the lease, gives idle units back. */
  tend(): void {
    if (this.held + this.landed.count > 0) this.exchangeSoon();
  }

  get isEmpty(): boolean {
    return this.held + this.flying + this.landed.count + this.waiting === 0 && this.exchanging === undefined;
  }

  /** Gives back what is not spent, once the ledger has what is; nothing may be spent any more. */
  async close(): Promise<void> {
    this.spendableUntilMs = -Infinity;
    await this.exchanging?.catch(() => undefined);
    this.low = 0;
    for (let i = 0; i < CLOSE_ROUNDS && !this.isEmpty; i += 1) {
      this.dry = true;
      await this.exchangeOnce();
    }
  }

  private exchangeSoon(): void {
    this.exchangeOnce().catch(() => undefined);
  }

  private exchangeOnce(): Promise<unknown> {
    this.exchanging ??= this.exchange().finally(() => (this.exchanging = undefined));
    return this.exchanging;
  }

  private async exchange(): Promise<void> {
    const { store, leaseMs } = this.options;
    const landed = this.landed.take(performance.now());
    const counts = landed.size === 0 ? undefined : await store.countEnvelopes();
    const needs = [...landed.keys()].map((lane) => ({ lane, envelopes: counts?.[lane] ?? Infinity }));
    // Asked again at once, the answer would be the same.
    if (this.dry && counts === undefined) await store.callUnitsIn();
    else if (this.dry) await store.waitUntilReached(needs, SETTLE_WAIT_MS);

    const now = performance.now();
    if (now >= this.spendableUntilMs) this.held = 0;
    const isIdle = this.waiting === 0 && (this.calledIn || now - this.spentAt > IDLE_MS);
    this.calledIn = false;
    // Not added again when the answer is lost: the data base may have it already.
    if (isIdle) this.held = this.low = 0;
    const all = this.held + this.flying + this.landed.count;
    const want = this.held < this.low ? 1 : this.held === 0 ? this.waiting : 0;
    const settled: Need[] = [];
    const answer = await store.exchange({
      allowed: this.allowed,
      keep: (reached) => {
        settled.push(...needs.filter(({ lane, envelopes }) => (reached.get(lane) ?? 0) >= envelopes));
        return settled.reduce((sum, { lane }) => sum - (landed.get(lane) ?? 0), all);
      },
      want,
      most: MOST_UNITS,
      leaseMs,
    });
    for (const { lane } of settled) this.landed.settle(lane, landed.get(lane) ?? 0);
    this.used = answer.used;
    this.held += answer.granted;
    this.spendableUntilMs = now + leaseMs / 2;
    this.storedByMs = now + leaseMs * 0.75;
    if (want > 0) this.dry = answer.granted === 0;
    if (answer.granted > 0) {
      this.low = answer.granted >>> 1;
      this.waitMs = WAIT_MS;
    }
    const isShort = this.dry && this.used < this.allowed;
    if (isShort && answer.silent.length > 0) await store.reclaim(answer.silent);
  }
}

async function orTimeout(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
