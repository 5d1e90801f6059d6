import type { Amount } from '@pacspace/domain';

const FLOATS = new Float64Array(2);
const WORDS = new Uint32Array(FLOATS.buffer);

/**
 * A number of 53 bits that stands for what a record says: amount, time, reason. Two records of a million that say
 * different things share one once in some ten thousand comparisons of parties, and a cause needs a run of them.
 */
function hashContent(amount: Amount, timeMs: number, reasonId: number): number {
  FLOATS[0] = Number(amount);
  FLOATS[1] = timeMs;
  let [a, b] = [0x9e3779b9 ^ reasonId, 0x85ebca6b];
  for (const word of WORDS) {
    a = Math.imul(a ^ word, 0xcc9e2d51);
    a = (a << 13) | (a >>> 19);
    b = Math.imul(b ^ a ^ (word >>> 7), 0x1b873593);
    b = (b << 15) | (b >>> 17);
  }
  a = Math.imul(a ^ (a >>> 16) ^ b, 0x85ebca6b);
  b = Math.imul(b ^ (b >>> 13) ^ a, 0xc2b2ae35);
  return ((a ^ (a >>> 15)) >>> 0) * 0x200000 + ((b ^ (b >>> 16)) >>> 11);
}

/** What all records of a side say, eight bytes each: whether one says the same as another can be asked at the end. */
export class Contents {
  private hashes = new Float64Array(1024);
  private count = 0;
  private isSorted = false;

  add(amount: Amount, timeMs: number | undefined, reasonId: number): void {
    // Without a time, two equal amounts under a reason are nothing unusual.
    if (timeMs === undefined) return;
    if (this.count === this.hashes.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.hashes);
      this.hashes = grown;
    }
    this.hashes[this.count] = hashContent(amount, timeMs, reasonId);
    this.count += 1;
    this.isSorted = false;
  }

  /** How many of the records say this. */
  countOf(amount: Amount, timeMs: number, reasonId: number): number {
    if (!this.isSorted) {
      this.hashes = this.hashes.slice(0, this.count).sort();
      this.isSorted = true;
    }
    const hash = hashContent(amount, timeMs, reasonId);
    return this.firstFrom(hash + 1) - this.firstFrom(hash);
  }

  private firstFrom(hash: number): number {
    let [low, high] = [0, this.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.hashes[middle] ?? 0) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
