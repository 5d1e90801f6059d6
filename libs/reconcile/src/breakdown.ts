import type { Amount } from '@pacspace/domain';
import { FINDING_CLASSES, type FindingClass, type FoundRecord } from './records.js';
import { type ClassTotal, RunningClassTotal } from './totals.js';
import { NO_VALUE, OTHER_VALUE, type Values } from './values.js';

export const LEVELS = ['total', 'month', 'day', 'hour'] as const;
export type Level = (typeof LEVELS)[number];

export interface BreakdownCell {
  /** First millisecond of the month, day or hour (UTC); undefined: no time known, or the level is the total. */
  readonly startMs: number | undefined;
  /** The reason, or the dimension's value; undefined: none, or broken down by time alone. */
  readonly value: string | undefined;
  /** True: values past the limit, taken together. */
  readonly isOther: boolean;
  readonly classes: Readonly<Partial<Record<FindingClass, ClassTotal>>>;
  readonly contribution: Amount;
}

/** One class of one hour, for storage. */
export interface BreakdownRow {
  /** "time", "reason", or the name of a dimension. */
  readonly slicing: string;
  readonly startMs: number | undefined;
  readonly value: string | undefined;
  readonly isOther: boolean;
  readonly class: FindingClass;
  readonly total: ClassTotal;
}

export interface Breakdown {
  /**
   * The cells of a level, by time (unknown first) and value; `by` is "reason" or the name of a dimension. The cells of
   * every level add up to the discrepancy, whatever they are broken down by.
   */
  cells(
    level: Level,
    options?: {
      readonly by?: string;
      readonly within?: { readonly startMs: number; readonly endMs: number };
    },
  ): readonly BreakdownCell[];
  rows(): Iterable<BreakdownRow>;
}

/** What of a finding is added up. */
export interface Placed {
  readonly class: FindingClass;
  readonly here: readonly FoundRecord[];
  readonly there: readonly FoundRecord[];
  readonly timeMs: number | undefined;
}

const HOUR_MS = 3_600_000;
/** Cells of (hour, value) that all slicings together hold; later ones are added to the hour's "other". */
const MOST_CELLS = 200_000;

type Classes = (RunningClassTotal | undefined)[];

/** The sums of one slicing: hour → value → class. */
class Slicing {
  private readonly hours = new Map<number, Map<number, Classes>>();

  constructor(
    readonly name: string,
    readonly values: Values | undefined,
    private readonly budget: { cells: number },
  ) {}

  classesOf(hour: number, valueId: number): Classes {
    let values = this.hours.get(hour);
    if (values === undefined) this.hours.set(hour, (values = new Map<number, Classes>()));
    const known = values.get(valueId);
    if (known !== undefined) return known;
    if (valueId !== NO_VALUE && valueId !== OTHER_VALUE) {
      if (this.budget.cells === 0) return this.classesOf(hour, OTHER_VALUE);
      this.budget.cells -= 1;
    }
    const made: Classes = [];
    values.set(valueId, made);
    return made;
  }

  *cells(): Generator<readonly [hour: number, valueId: number, classes: Classes]> {
    for (const [hour, values] of this.hours)
      for (const [valueId, classes] of values) yield [hour, valueId, classes];
  }
}

/** Adds findings up by hour, and by hour and each of their values. Slicing 0 is time alone. */
export class BreakdownFold implements Breakdown {
  private readonly slicings: readonly Slicing[];

  /** @param columns the reason's and the dimensions' names with their values, in the order of a finding's ids. */
  constructor(columns: readonly (readonly [name: string, values: Values])[], mostCells = MOST_CELLS) {
    const budget = { cells: mostCells };
    this.slicings = [
      new Slicing('time', undefined, budget),
      ...columns.map(([name, values]) => new Slicing(name, values, budget)),
    ];
  }

  add(finding: Placed, valueIds: readonly number[]): void {
    const hour = finding.timeMs === undefined ? -Infinity : Math.floor(finding.timeMs / HOUR_MS);
    const classIndex = FINDING_CLASSES.indexOf(finding.class);
    for (const [i, slicing] of this.slicings.entries()) {
      const classes = slicing.classesOf(hour, i === 0 ? NO_VALUE : (valueIds[i - 1] ?? NO_VALUE));
      const total = (classes[classIndex] ??= new RunningClassTotal());
      total.findings += 1;
      for (const record of finding.here) if (!record.isOutside) total.here.add(record.amount);
      for (const record of finding.there) if (!record.isOutside) total.there.add(record.amount);
    }
  }

  /** The sums of every value (of every day for slicing 0), over all hours, with its number. */
  *totals(slicing: number): Generator<readonly [key: number, classes: Classes]> {
    const sums = new Map<number, Classes>();
    for (const [hour, valueId, classes] of this.slicings[slicing]?.cells() ?? []) {
      const key = slicing === 0 ? Math.floor(hour / 24) : valueId;
      let sum = sums.get(key);
      if (sum === undefined) sums.set(key, (sum = []));
      addClasses(sum, classes);
    }
    yield* sums;
  }

  cells(
    level: Level,
    {
      by,
      within,
    }: { readonly by?: string; readonly within?: { readonly startMs: number; readonly endMs: number } } = {},
  ): readonly BreakdownCell[] {
    const slicing = this.slicings.find(({ name }) => name === (by ?? 'time'));
    if (slicing === undefined) return [];
    const sums = new Map<string, { startMs: number | undefined; valueId: number; classes: Classes }>();
    for (const [hour, valueId, classes] of slicing.cells()) {
      const timeMs = hour * HOUR_MS;
      if (within !== undefined && !(timeMs >= within.startMs && timeMs < within.endMs)) continue;
      const startMs = startOf(level, timeMs);
      const key = `${startMs ?? ''}|${valueId}`;
      let sum = sums.get(key);
      if (sum === undefined) sums.set(key, (sum = { startMs, valueId, classes: [] }));
      addClasses(sum.classes, classes);
    }
    return [...sums.values()]
      .map(({ startMs, valueId, classes }) => toCell(startMs, toValue(slicing, valueId), classes))
      .sort(compareCells);
  }

  *rows(): Generator<BreakdownRow> {
    for (const slicing of this.slicings) {
      for (const [hour, valueId, classes] of slicing.cells()) {
        const place = {
          slicing: slicing.name,
          startMs: startOf('hour', hour * HOUR_MS),
          ...toValue(slicing, valueId),
        };
        for (const [i, total] of classes.entries()) {
          const name = FINDING_CLASSES[i];
          if (total !== undefined && name !== undefined)
            yield { ...place, class: name, total: total.toTotal() };
        }
      }
    }
  }
}

function addClasses(sum: Classes, more: Classes): void {
  for (const [i, total] of more.entries()) {
    if (total === undefined) continue;
    (sum[i] ??= new RunningClassTotal()).addTotal(total);
  }
}

interface Value {
  readonly value: string | undefined;
  readonly isOther: boolean;
}

function toValue({ values }: Slicing, valueId: number): Value {
  return { value: values?.textOf(valueId), isOther: valueId === OTHER_VALUE };
}

function startOf(level: Level, timeMs: number): number | undefined {
  if (level === 'total' || timeMs === -Infinity) return undefined;
  const date = new Date(timeMs);
  if (level === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
  if (level === 'day') return Math.floor(timeMs / (24 * HOUR_MS)) * 24 * HOUR_MS;
  return timeMs;
}

function toCell(startMs: number | undefined, value: Value, sums: Classes): BreakdownCell {
  const classes: Partial<Record<FindingClass, ClassTotal>> = {};
  let contribution = 0n;
  for (const [i, total] of sums.entries()) {
    const name = FINDING_CLASSES[i];
    if (total === undefined || name === undefined) continue;
    classes[name] = total.toTotal();
    contribution += total.contribution;
  }
  return { startMs, ...value, classes, contribution };
}

function compareCells(a: BreakdownCell, b: BreakdownCell): number {
  return (
    compare(a.startMs ?? -Infinity, b.startMs ?? -Infinity) ||
    Number(a.isOther) - Number(b.isOther) ||
    compare(a.value ?? '', b.value ?? '') ||
    Number(a.value !== undefined) - Number(b.value !== undefined)
  );
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
