import type { Amount } from '@pacspace/domain';
import type { HeldRecords } from './held-records.js';
import { FINDING_CLASSES, type Finding, type FindingClass } from './records.js';

/** Both sides' records that are held. */
export interface Held {
  readonly here: HeldRecords;
  readonly there: HeldRecords;
}

const NONE = -1;
const REMOVED = 255;
const WAYS = ['none', 'reference', 'rule'] as const;

/**
 * Findings of records that are held, packed: at most one record of each side, as its index among those held. What
 * was matched by a rule is among them, so that a million of those wait here and not as objects.
 */
export class HeldFindings {
  count = 0;
  private classes = new Uint8Array(1024);
  private ways = new Uint8Array(1024);
  private heres = new Int32Array(1024);
  private theres = new Int32Array(1024);
  private causes = new Int16Array(1024);

  constructor(readonly held: Held) {}

  add(
    findingClass: FindingClass,
    records: { readonly here?: number; readonly there?: number },
    by: Finding['by'],
  ): void {
    if (this.count === this.classes.length) this.grow();
    const at = this.count;
    this.count += 1;
    this.classes[at] = FINDING_CLASSES.indexOf(findingClass);
    this.ways[at] = WAYS.indexOf(by);
    this.heres[at] = records.here ?? NONE;
    this.theres[at] = records.there ?? NONE;
    this.causes[at] = NONE;
  }

  /** For one that has been resolved after all. */
  remove(at: number): void {
    this.classes[at] = REMOVED;
  }

  /** Those that are not removed, in the order in which they were added. */
  *indexes(): Generator<number> {
    for (let at = 0; at < this.count; at += 1) if (this.classes[at] !== REMOVED) yield at;
  }

  /** Undefined: removed. */
  classOf(at: number): FindingClass | undefined {
    return FINDING_CLASSES[this.classes[at] ?? REMOVED];
  }

  byOf(at: number): Finding['by'] {
    return WAYS[this.ways[at] ?? 0] ?? 'none';
  }

  hereOf(at: number): number | undefined {
    const index = this.heres[at] ?? NONE;
    return index === NONE ? undefined : index;
  }

  thereOf(at: number): number | undefined {
    const index = this.theres[at] ?? NONE;
    return index === NONE ? undefined : index;
  }

  causeOf(at: number): number | undefined {
    const cause = this.causes[at] ?? NONE;
    return cause === NONE ? undefined : cause;
  }

  setCause(at: number, cause: number): void {
    this.causes[at] = cause;
  }

  contribution(at: number): Amount {
    return this.counted('here', this.hereOf(at)) - this.counted('there', this.thereOf(at));
  }

  /** ms; NaN: no time known. */
  timeMs(at: number): number {
    const here = this.hereOf(at);
    if (here !== undefined) return this.held.here.timeMs(here);
    return this.held.there.timeMs(this.thereOf(at) ?? NONE);
  }

  /** The value of a slicing (0: the reason): of the record here, or else there. */
  valueId(at: number, slicing: number): number {
    const [here, there] = [this.hereOf(at), this.thereOf(at)];
    const ours = here === undefined ? 0 : this.held.here.valueId(here, slicing);
    return ours !== 0 || there === undefined ? ours : this.held.there.valueId(there, slicing);
  }

  private counted(side: 'here' | 'there', index: number | undefined): Amount {
    const records = this.held[side];
    return index === undefined || records.isOutside(index) ? 0n : records.amount(index);
  }

  private grow(): void {
    const capacity = this.classes.length * 2;
    this.classes = extend(this.classes, new Uint8Array(capacity));
    this.ways = extend(this.ways, new Uint8Array(capacity));
    this.heres = extend(this.heres, new Int32Array(capacity));
    this.theres = extend(this.theres, new Int32Array(capacity));
    this.causes = extend(this.causes, new Int16Array(capacity));
  }
}

function extend<T extends Uint8Array | Int16Array | Int32Array>(source: T, target: T): T {
  target.set(source);
  return target;
}
