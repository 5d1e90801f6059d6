import type { CauseKind, FindingClass } from '@pacspace/reconcile';
import type { DisputeOptions } from './dispute.js';
import { Random } from './random.js';

/** November 2026. */
export const START_MS = Date.UTC(2026, 10, 1);
export const END_MS = Date.UTC(2026, 11, 1);
const DAY_MS = 86_400_000;
/** Faults stay clear of the month's ends, where a shifted clock is at work. */
const MARGIN_MS = 2 * DAY_MS;
const REASONS = ['requests', 'storage', 'egress'];
const REGIONS = ['eu-1', 'us-1', 'us-2'];

/** A record of the ledger, while the dispute is made. */
export interface Draft {
  readonly reference: string | undefined;
  amount: bigint;
  timeMs: number;
  reason: string;
  region: string;
}

/** What stands on either side for the same usage; a draft is in one bundle. */
export interface Bundle {
  readonly class: FindingClass;
  readonly here: readonly Draft[];
  readonly there: readonly Draft[];
}

/** The dispute while faults are done to it. */
export class DisputeDraft {
  readonly random: Random;
  readonly bundles: Bundle[] = [];
  /** What the statement has at its end. */
  readonly appended: Bundle[] = [];
  readonly causes: CauseKind['kind'][] = [];
  shiftMs = 0;
  private readonly untouched: Draft[];

  constructor(readonly options: DisputeOptions) {
    this.random = new Random(options.seed);
    this.untouched = Array.from({ length: options.records }, (_, i) => this.draft(i)).sort(
      (a, b) => a.timeMs - b.timeMs,
    );
  }

  /** Takes records that no fault has touched, away from the month's ends: single ones, or neighbours in time. */
  take(count: number, { asRun = false }: { readonly asRun?: boolean } = {}): readonly Draft[] {
    if (asRun) {
      const first = this.firstInside();
      const last = this.untouched.findLastIndex(({ timeMs }) => timeMs < END_MS - MARGIN_MS);
      return this.untouched.splice(this.random.whole(first, Math.max(first, last - count)), count);
    }
    return Array.from({ length: count }, () => this.take(1, { asRun: true })[0]).flatMap(
      (draft) => draft ?? [],
    );
  }

  /** Takes all that a condition holds for. */
  takeAll(condition: (draft: Draft) => boolean): readonly Draft[] {
    const taken = this.untouched.filter(condition);
    const left = this.untouched.filter((draft) => !condition(draft));
    this.untouched.splice(0, this.untouched.length, ...left);
    return taken;
  }

  /** A day in the middle of the month. */
  pickDay(): number {
    return START_MS + this.random.whole(8, 20) * DAY_MS;
  }

  randomAmount(): bigint {
    // Ten thousandths up to a hundred thousand: two are the same, or add up to a third, hardly ever.
    return BigInt(this.random.whole(1, 1_000_000_000)) * 10n ** 8n;
  }

  newReference(prefix: string): string | undefined {
    return this.options.hasReferences === false
      ? undefined
      : `${prefix}-${this.random.whole(0, 2 ** 47).toString(36)}`;
  }

  draft(i: number): Draft {
    return {
      reference: this.newReference(`r${i}`),
      amount: this.randomAmount(),
      timeMs: START_MS + this.random.whole(0, END_MS - START_MS - 1),
      reason: this.random.pick(REASONS),
      region: this.random.pick(REGIONS),
    };
  }

  /** What no fault has touched stands on both sides. */
  agreed(): readonly Bundle[] {
    return this.untouched.map((draft) => same(draft));
  }

  private firstInside(): number {
    const first = this.untouched.findIndex(({ timeMs }) => timeMs >= START_MS + MARGIN_MS);
    if (first === -1) throw new RangeError('the dispute has too few records for its faults');
    return first;
  }
}

export function same(record: Draft): Bundle {
  return { class: 'matched', here: [record], there: [{ ...record }] };
}
