import type { Amount } from '@pacspace/domain';
import type { HeldRecords } from './held-records.js';

export type Indexes = Uint32Array<ArrayBuffer>;

/** A side, with those of its records that take part. */
export interface Part {
  readonly held: HeldRecords;
  readonly indexes: Indexes;
  /** What its amounts are multiplied by before they are compared; else 1. */
  readonly factor?: bigint;
}

/**
 * Records in the order of (amount, reason where it counts, time, position). A double stands beside each amount:
 * comparing those decides nearly every time, and costs a tenth.
 */
export class KeyOrder {
  readonly size: number;
  private readonly held: HeldRecords;
  private readonly factor: bigint;
  private readonly order: Indexes;
  private readonly doubles: Float64Array;

  constructor(
    { held, indexes, factor = 1n }: Part,
    private readonly isByReason: boolean,
  ) {
    this.factor = factor;
    this.held = held;
    this.size = indexes.length;
    this.doubles = new Float64Array(held.count);
    for (const at of indexes) this.doubles[at] = Number(this.amount(at));
    this.order = indexes
      .slice()
      .sort(
        (a, b) => this.compare(a, this, b) || this.compareTimes(a, b) || held.position(a) - held.position(b),
      );
  }

  /** The index in the side of the i-th in this order. */
  indexAt(i: number): number {
    return this.order[i] ?? 0;
  }

  /** By amount and reason, not by time. */
  compareAt(i: number, other: KeyOrder, j: number): number {
    return this.compare(this.indexAt(i), other, other.indexAt(j));
  }

  private compare(a: number, other: KeyOrder, b: number): number {
    const [x, y] = [this.doubles[a] ?? 0, other.doubles[b] ?? 0];
    if (x !== y) return x - y;
    const isInexact = x > Number.MAX_SAFE_INTEGER || x < Number.MIN_SAFE_INTEGER;
    if (isInexact) {
      const [amount, otherAmount] = [this.amount(a), other.amount(b)];
      if (amount !== otherAmount) return amount < otherAmount ? -1 : 1;
    }
    return this.isByReason ? this.held.valueId(a, 0) - other.held.valueId(b, 0) : 0;
  }

  private amount(at: number): Amount {
    return this.factor === 1n ? this.held.amount(at) : this.held.amount(at) * this.factor;
  }

  private compareTimes(a: number, b: number): number {
    const [x, y] = [this.held.clockMs(a), this.held.clockMs(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
    return x - y;
  }
}
