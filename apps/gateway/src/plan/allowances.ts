import { formatPeriod, periodOf } from '@pacspace/domain';
import { ApiError } from '@pacspace/wire';
import type { Principal } from '../auth/principal.js';
import { Allowance, type AllowanceStore } from './allowance.js';
import { type Purse, TwoPurses } from './purse.js';

/**
 * A delta that is taken shortly before the month ends may be recorded in the next one, by the log's clock; and the log's
 * clock may be somewhat behind this one's.
 */
const BEFORE_TURN_MS = 15_000;
const AFTER_TURN_MS = 2_000;

const TEND_EVERY_MS = 1_000;
/** Allowances that are tended at once: the more environments are busy, the longer their units stay unsettled. */
const TENDED_AT_ONCE = 100;

export interface AllowancesOptions {
  readonly storeOf: (environmentId: string, month: number) => AllowanceStore;
  readonly leaseMs: number;
  /** Wall clock, ms. */
  readonly now?: () => number;
}

/** The allowances that deltas are paid from, by environment and month. A plan without a limit has none, and costs nothing. */
export class Allowances {
  private readonly months = new Map<number, Map<string, Allowance>>();
  private readonly now: () => number;
  private readonly timer: NodeJS.Timeout;
  private tended = 0;

  constructor(private readonly options: AllowancesOptions) {
    this.now = options.now ?? Date.now;
    this.timer = setInterval(() => this.tend(), TEND_EVERY_MS).unref();
  }

  /** Undefined: any number of deltas. */
  purseOf(principal: Principal): Purse | undefined {
    if (principal.allowed === null) return undefined;
    const now = this.now();
    const month = periodOf(now - AFTER_TURN_MS);
    const next = periodOf(now + BEFORE_TURN_MS);
    const purse = this.open(principal, month);
    return next === month ? purse : new TwoPurses(purse, this.open(principal, next));
  }

  /** Another gateway is short of the environment's units. */
  callIn(environmentId: string): void {
    for (const ofMonth of this.months.values()) ofMonth.get(environmentId)?.callIn();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await Promise.allSettled(this.all().map((allowance) => allowance.close()));
  }

  private open(principal: Principal, month: number): Allowance {
    const { environmentId, allowed } = principal;
    let ofMonth = this.months.get(month);
    if (ofMonth === undefined) this.months.set(month, (ofMonth = new Map<string, Allowance>()));
    let allowance = ofMonth.get(environmentId);
    if (allowance === undefined) {
      allowance = new Allowance({
        store: this.options.storeOf(environmentId, month),
        leaseMs: this.options.leaseMs,
        refusals: {
          usedUp: (most, used) => planUsedUp(principal, { most, used, month }),
          uncounted,
        },
      });
      ofMonth.set(environmentId, allowance);
    }
    allowance.allowed = allowed ?? 0;
    return allowance;
  }

  private tend(): void {
    const all = this.all();
    for (let i = 0; i < Math.min(all.length, TENDED_AT_ONCE); i += 1) {
      all[(this.tended + i) % all.length]?.tend();
    }
    this.tended += TENDED_AT_ONCE;
    this.forgetPastMonths();
  }

  private forgetPastMonths(): void {
    const current = periodOf(this.now() - AFTER_TURN_MS);
    for (const [month, ofMonth] of this.months) {
      if (month >= current) continue;
      for (const [environmentId, allowance] of ofMonth) {
        if (allowance.isEmpty) ofMonth.delete(environmentId);
      }
      if (ofMonth.size === 0) this.months.delete(month);
    }
  }

  private all(): Allowance[] {
    return [...this.months.values()].flatMap((ofMonth) => [...ofMonth.values()]);
  }
}

const NAMES = { test: 'the sandbox', live: 'production' } as const;

function planUsedUp(
  { plan, kind }: Principal,
  { most, used, month }: { readonly most: number; readonly used: number; readonly month: number },
): ApiError {
  const allows = `the plan "${plan}" allows ${most.toLocaleString('en')} deltas a month in ${NAMES[kind]}`;
  const others = kind === 'live' ? 'change the plan, or use a key of the sandbox' : 'change the plan';
  const what =
    most === 0
      ? `the plan "${plan}" allows no deltas in ${NAMES[kind]}: ${others}`
      : `${allows}, and ${used.toLocaleString('en')} are recorded in ${formatPeriod(month)}: ${others}, ` +
        `or go on when ${formatPeriod(month + 1)} begins (UTC)`;
  return new ApiError('PLAN_LIMIT_EXCEEDED', what);
}

/** Neither a yes nor a no: the ledger has not counted yet what was let through last, or the data base is away. */
function uncounted(cause?: unknown): ApiError {
  return new ApiError('UNAVAILABLE', 'what is left of the plan is not known now: try again', {
    retryAfterSeconds: 1,
    cause,
  });
}
