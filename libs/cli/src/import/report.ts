import type { CliError } from '../errors.js';
import type { MappedDelta, MappedRow, Reject } from './map-rows.js';
import type { RejectsFile } from './rejects-file.js';
import { Tally } from './tally.js';

const MOST_REASONS = 1_000;
const MOST_CUSTOMER_REASONS = 10_000;
const SAMPLES = 3;
const SHOWN_REJECTS = 5;

/** What an import has done so far, and in the end. */
export class ImportReport {
  /** Undefined while it runs. */
  end: 'complete' | 'interrupted' | CliError | undefined;
  rows = 0;
  /** Rows rejected here, before anything of them was sent. */
  rejectedRows = 0;
  /** Deltas that the server rejected. */
  rejectedDeltas = 0;
  /** Amount cells that were zero. */
  zeros = 0;
  isOrderBound = false;
  /** Rows by where their time took its zone from. */
  readonly zones = { cell: 0, option: 0, 'option-twice': 0 };
  /** Empty amount cells by column. */
  readonly blanks = new Map<string, number>();
  /** By reason; in a dry run by customer and reason. */
  readonly tally: Tally;
  readonly samples: string[] = [];
  readonly firstRejects: Reject[] = [];
  private readonly startedMs = performance.now();

  constructor(
    readonly isDryRun: boolean,
    private readonly amountColumns: readonly string[],
  ) {
    this.tally = new Tally(isDryRun ? MOST_CUSTOMER_REASONS : MOST_REASONS);
  }

  /** One row read; without its mapping when it could not be read as one. */
  addRow(mapped?: MappedRow): void {
    this.rows += 1;
    if (mapped === undefined) return;
    this.zeros += mapped.zeros;
    for (const column of mapped.blanks) this.blanks.set(column, (this.blanks.get(column) ?? 0) + 1);
    if (mapped.time?.ok === true) this.zones[mapped.time.zoneFrom] += 1;
  }

  addRejectedRow(rejects: readonly Reject[], file: RejectsFile): void {
    this.rejectedRows += 1;
    for (const reject of rejects) this.list(reject, file);
  }

  addRejectedDelta(reject: Reject, file: RejectsFile): void {
    this.rejectedDeltas += 1;
    this.list(reject, file);
  }

  addSettled({ reason, amount }: MappedDelta, kind: 'fresh' | 'known'): void {
    this.tally.add([reason], kind, amount);
  }

  addDry(deltas: readonly MappedDelta[]): void {
    for (const { customerId, reason, amount, json } of deltas) {
      this.tally.add([customerId, reason], 'fresh', amount);
      if (this.samples.length < SAMPLES) this.samples.push(json);
    }
  }

  /** Amount columns without a single amount: more likely a wrong name than a file without usage. */
  get emptyColumns(): readonly string[] {
    return this.amountColumns.filter((column) => this.rows > 0 && this.blanks.get(column) === this.rows);
  }

  get blankCells(): number {
    return [...this.blanks.values()].reduce((sum, cells) => sum + cells, 0);
  }

  get rejects(): number {
    return this.rejectedRows + this.rejectedDeltas;
  }

  get seconds(): number {
    return (performance.now() - this.startedMs) / 1000;
  }

  private list(reject: Reject, file: RejectsFile): void {
    file.add(reject);
    if (this.firstRejects.length < SHOWN_REJECTS) this.firstRejects.push(reject);
  }
}
