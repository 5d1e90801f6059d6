import type { Amount } from '@pacspace/domain';
import type { FoundRecord, SideRecord } from './records.js';

/** The value ids of a record: its reason, then its dimensions. */
export type ValueIds = readonly number[];

export const OUTSIDE = 1;
export const HAS_REFERENCE = 2;
/** Another record of its side has the same reference and amount, and stands before it. */
export const IS_COPY = 4;
/** Has found its counterpart. */
const IS_USED = 8;

const FIRST_CAPACITY = 1024;
const LEAST_INT64 = -(2n ** 63n);
const MOST_INT64 = 2n ** 63n - 1n;

/**
 * Records of one side that wait for their counterpart, packed: some 40 bytes each, where an object with its texts
 * takes 300. Growing doubles the arrays, so that it costs each record one copy.
 */
export class HeldRecords {
  count = 0;
  /** How far the side's clock is ahead of ours, ms, once that is known. */
  clockAheadMs = 0;
  private capacity = FIRST_CAPACITY;
  private positions = new Float64Array(FIRST_CAPACITY);
  /** NaN: no time. */
  private times = new Float64Array(FIRST_CAPACITY);
  private amounts = new BigInt64Array(FIRST_CAPACITY);
  private flags = new Uint8Array(FIRST_CAPACITY);
  private readonly values: Uint32Array<ArrayBuffer>[];
  /** Amounts beyond ±9,223,372 units at twelve decimals: few, in the data that we know. */
  private readonly wideAmounts = new Map<number, Amount>();

  /** @param slicings how many value ids a record has. */
  constructor(slicings: number) {
    this.values = Array.from({ length: slicings }, () => new Uint32Array(FIRST_CAPACITY));
  }

  add(record: SideRecord, ids: ValueIds, flags: number): number {
    if (this.count === this.capacity) this.grow();
    const at = this.count;
    this.count += 1;
    this.positions[at] = record.position;
    this.times[at] = record.timeMs ?? NaN;
    if (record.amount >= LEAST_INT64 && record.amount <= MOST_INT64) this.amounts[at] = record.amount;
    else this.wideAmounts.set(at, record.amount);
    this.flags[at] =
      flags | (record.isOutside ? OUTSIDE : 0) | (record.reference === undefined ? 0 : HAS_REFERENCE);
    for (const [i, column] of this.values.entries()) column[at] = ids[i] ?? 0;
    return at;
  }

  position(at: number): number {
    return this.positions[at] ?? NaN;
  }

  /** ms; NaN: no time. */
  timeMs(at: number): number {
    return this.times[at] ?? NaN;
  }

  /** When it happened by our clock, ms; NaN: no time. What rules go by. */
  clockMs(at: number): number {
    return this.timeMs(at) - this.clockAheadMs;
  }

  amount(at: number): Amount {
    return this.wideAmounts.size === 0
      ? (this.amounts[at] ?? 0n)
      : (this.wideAmounts.get(at) ?? this.amounts[at] ?? 0n);
  }

  /** Its value in a slicing; slicing 0 is the reason. */
  valueId(at: number, slicing: number): number {
    return this.values[slicing]?.[at] ?? 0;
  }

  valueIds(at: number): ValueIds {
    return this.values.map((column) => column[at] ?? 0);
  }

  has(at: number, flag: number): boolean {
    return ((this.flags[at] ?? 0) & flag) !== 0;
  }

  isOutside(at: number): boolean {
    return this.has(at, OUTSIDE);
  }

  isFree(at: number): boolean {
    return !this.has(at, IS_USED);
  }

  use(at: number): void {
    this.flags[at] = (this.flags[at] ?? 0) | IS_USED;
  }

  /** The free records that a condition holds for, in the order in which they were added. */
  free(condition: (at: number) => boolean = () => true): Uint32Array<ArrayBuffer> {
    const found = new Uint32Array(this.count);
    let size = 0;
    for (let at = 0; at < this.count; at += 1) {
      if (!this.isFree(at) || !condition(at)) continue;
      found[size] = at;
      size += 1;
    }
    return found.slice(0, size);
  }

  toFound(at: number): FoundRecord {
    const timeMs = this.timeMs(at);
    return {
      position: this.position(at),
      amount: this.amount(at),
      timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
      isOutside: this.isOutside(at),
    };
  }

  private grow(): void {
    this.capacity *= 2;
    this.positions = copyTo(new Float64Array(this.capacity), this.positions);
    this.times = copyTo(new Float64Array(this.capacity), this.times);
    this.flags = copyTo(new Uint8Array(this.capacity), this.flags);
    const amounts = new BigInt64Array(this.capacity);
    amounts.set(this.amounts);
    this.amounts = amounts;
    for (const [i, column] of this.values.entries())
      this.values[i] = copyTo(new Uint32Array(this.capacity), column);
  }
}

function copyTo<T extends Float64Array | Uint8Array | Uint32Array>(target: T, source: T): T {
  target.set(source);
  return target;
}
