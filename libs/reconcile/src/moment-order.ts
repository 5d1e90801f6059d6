import type { Held } from './held-findings.js';
import type { HeldRecords } from './held-records.js';
import type { Indexes } from './key-order.js';
import { NO_VALUE } from './values.js';

/**
 * Records in the order of (reason, time, position). Reasons count where both sides name some: a statement that knows
 * none is compared without them.
 */
export class MomentOrder {
  readonly isByReason: boolean;

  constructor({ here, there }: Held) {
    this.isByReason = namesReasons(here) && namesReasons(there);
  }

  reasonOf(held: HeldRecords, at: number): number {
    return this.isByReason ? held.valueId(at, 0) : NO_VALUE;
  }

  sort(held: HeldRecords, indexes: Indexes): Indexes {
    return indexes.sort((a, b) => this.compare(held, a, held, b) || held.position(a) - held.position(b));
  }

  /** By reason and time. */
  compare(held: HeldRecords, a: number, other: HeldRecords, b: number): number {
    return this.reasonOf(held, a) - this.reasonOf(other, b) || held.clockMs(a) - other.clockMs(b);
  }
}

function namesReasons(held: HeldRecords): boolean {
  for (let at = 0; at < held.count; at += 1)
    if (held.isFree(at) && held.valueId(at, 0) !== NO_VALUE) return true;
  return false;
}
