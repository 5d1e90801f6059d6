import { ReconcileError } from './errors.js';
import { type RecordStream, type Side, type SideRecord, compareReferences } from './records.js';

/**
 * Reads a side in runs of equal references; a record without a reference is a run of its own. Holds a batch, and a
 * run that is longer than that whole.
 */
export class RunReader {
  /** The run to be looked at; empty: the side is at its end, or the next run must be loaded. */
  run: readonly SideRecord[] = [];
  private batch: readonly SideRecord[] = [];
  private at = 0;
  private isEnded = false;
  private last: string | undefined;
  private readonly batches: AsyncIterator<readonly SideRecord[]>;

  constructor(
    stream: RecordStream,
    private readonly side: Side,
  ) {
    this.batches = stream[Symbol.asyncIterator]();
  }

  /** Steps on within what is at hand; false: `load` first. At the end the run is empty. */
  advance(): boolean {
    const { batch, at } = this;
    const first = batch[at];
    if (first === undefined) {
      this.run = [];
      return this.isEnded;
    }
    const { reference } = first;
    let end = at + 1;
    if (reference !== undefined) {
      while (end < batch.length && batch[end]?.reference === reference) end += 1;
      if (end === batch.length && !this.isEnded) return false;
      this.checkOrder(reference);
    }
    this.run = end === at + 1 ? [first] : batch.slice(at, end);
    this.at = end;
    return true;
  }

  async load(): Promise<void> {
    const next = await this.batches.next();
    if (next.done === true) {
      this.isEnded = true;
      return;
    }
    this.batch = this.at === this.batch.length ? next.value : [...this.batch.slice(this.at), ...next.value];
    this.at = 0;
  }

  /** Lets the source go, when the reading ends early. */
  async close(): Promise<void> {
    if (!this.isEnded) await this.batches.return?.();
  }

  private checkOrder(reference: string): void {
    if (this.last !== undefined && compareReferences(this.last, reference) >= 0)
      throw new ReconcileError(
        'OUT_OF_ORDER',
        `the records ${this.side} are not ordered by reference: ${JSON.stringify(reference)} comes after ${JSON.stringify(this.last)}`,
      );
    this.last = reference;
  }
}
