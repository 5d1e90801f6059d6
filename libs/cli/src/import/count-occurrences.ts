/** Slots a part starts with and may grow to (a power of two): 256 × 131,072 slots of 12 bytes are 403 MB. */
const FIRST_SLOTS = 64;
const MOST_SLOTS = 131_072;
const PARTS = 256;
const WORDS_A_SLOT = 3;
const OVERFLOW_COUNTERS = 65_536;

/**
 * Counts how often each row has been seen, told by 64 bits of the row's hash, so that identical rows of one file
 * get different numbers (0, 1, 2 …) and the same ones in every run.
 *
 * Memory: 16 to 32 bytes per distinct row, in 256 open-addressed tables that grow one at a time (a JS Map costs
 * three times that and ends at 16.7 million entries). From about 25 million distinct rows on it is fixed at
 * 470 MB: rows first seen after that share counters. Their numbers are then still different for identical rows and
 * the same in every run over the same rows in the same order, but no longer independent of the rows around them.
 */
export class OccurrenceCounter {
  private readonly parts: Part[] = [];

  constructor(private readonly mostSlots = MOST_SLOTS) {
    for (let i = 0; i < PARTS; i += 1) this.parts.push(new Part(Math.min(FIRST_SLOTS, mostSlots)));
  }

  /** Times that the row with this hash (two unsigned words) was seen before. */
  next(high: number, low: number): number {
    const part = this.parts[high >>> 24];
    if (part === undefined) throw new RangeError('high must be an unsigned 32-bit word');
    return part.next(high, low, this.mostSlots);
  }

  /** True once rows share counters. */
  get isSaturated(): boolean {
    return this.parts.some((part) => part.overflow !== undefined);
  }
}

class Part {
  overflow: Uint32Array | undefined;
  /** Per slot: high word, low word, times seen (0: the slot is free). */
  private slots: Uint32Array;
  private used = 0;

  constructor(private slotCount: number) {
    this.slots = new Uint32Array(slotCount * WORDS_A_SLOT);
  }

  next(high: number, low: number, mostSlots: number): number {
    let at = this.find(high, low);
    if (this.slots[at + 2] === 0) {
      if (this.isFull()) {
        if (this.slotCount >= mostSlots) return this.countShared(high);
        this.grow();
        at = this.find(high, low);
      }
      this.slots[at] = high;
      this.slots[at + 1] = low;
      this.used += 1;
    }
    const before = this.slots[at + 2] ?? 0;
    this.slots[at + 2] = before + 1;
    return before;
  }

  /** Three quarters: linear probing looks at 2.5 slots for a hit and 8.5 for a miss there, and far more beyond. */
  private isFull(): boolean {
    return this.used >= this.slotCount * 0.75;
  }

  /** Index of the row's slot, or of the free one where it would go; a part is never full, so there is one. */
  private find(high: number, low: number): number {
    const { slots, slotCount } = this;
    let slot = low & (slotCount - 1);
    for (;;) {
      const at = slot * WORDS_A_SLOT;
      if (slots[at + 2] === 0 || (slots[at] === high && slots[at + 1] === low)) return at;
      slot = (slot + 1) & (slotCount - 1);
    }
  }

  private grow(): void {
    const old = this.slots;
    this.slotCount *= 2;
    this.slots = new Uint32Array(this.slotCount * WORDS_A_SLOT);
    for (let from = 0; from < old.length; from += WORDS_A_SLOT) {
      if (old[from + 2] === 0) continue;
      const to = this.find(old[from] ?? 0, old[from + 1] ?? 0);
      this.slots.set(old.subarray(from, from + WORDS_A_SLOT), to);
    }
  }

  private countShared(high: number): number {
    this.overflow ??= new Uint32Array(OVERFLOW_COUNTERS);
    const at = high & (OVERFLOW_COUNTERS - 1);
    const before = this.overflow[at] ?? 0;
    this.overflow[at] = before + 1;
    return before;
  }
}
