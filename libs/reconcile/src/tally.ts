import { BreakdownFold } from './breakdown.js';
import { FINDING_CLASSES, type Finding, type FindingClass, type FoundRecord } from './records.js';
import { type ClassTotal, RunningClassTotal } from './totals.js';
import { ValueBudget, Values } from './values.js';

/** The values of reasons and dimensions by number: column 0 is the reason. */
export class Columns {
  readonly values: readonly Values[];

  constructor(readonly names: readonly string[]) {
    const budget = new ValueBudget();
    this.values = names.map(() => new Values(budget));
  }

  idsOf(reason: string | undefined, dimensions: readonly (string | undefined)[]): number[] {
    return this.values.map((values, i) => values.idOf(i === 0 ? reason : dimensions[i - 1]));
  }

  textsOf(ids: readonly number[]): Pick<Finding, 'reason' | 'dimensions'> {
    const [reason, ...dimensions] = this.values.map((values, i) => values.textOf(ids[i] ?? 0));
    return { reason, dimensions };
  }
}

/** Adds up what was found, by class and for the drill-down. */
export class Tally {
  readonly classes = new Map(FINDING_CLASSES.map((name) => [name, new RunningClassTotal()]));
  readonly breakdown: BreakdownFold;

  constructor({ names, values }: Columns) {
    this.breakdown = new BreakdownFold(
      names.flatMap((name, i) => {
        const column = values[i];
        return column === undefined ? [] : [[name, column] as const];
      }),
    );
  }

  add(found: Pick<Finding, 'class' | 'here' | 'there' | 'timeMs'>, ids: readonly number[]): void {
    const total = this.classes.get(found.class);
    if (total === undefined) return;
    total.findings += 1;
    addRecords(total, found.here, found.there);
    this.breakdown.add(found, ids);
  }

  totals(): Readonly<Record<FindingClass, ClassTotal>> {
    const entries = [...this.classes].map(([name, total]) => [name, total.toTotal()] as const);
    return Object.fromEntries(entries) as Record<FindingClass, ClassTotal>;
  }
}

export function addRecords(
  total: RunningClassTotal,
  here: readonly FoundRecord[],
  there: readonly FoundRecord[],
): void {
  for (const record of here) if (!record.isOutside) total.here.add(record.amount);
  for (const record of there) if (!record.isOutside) total.there.add(record.amount);
}
