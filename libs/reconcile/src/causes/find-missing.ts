import type { BreakdownFold } from '../breakdown.js';
import { FINDING_CLASSES, type FindingClass, type Side } from '../records.js';
import type { RunningClassTotal } from '../totals.js';
import type { HeldFindings } from '../held-findings.js';
import { NO_VALUE, OTHER_VALUE, type Values } from '../values.js';
import { magnitude } from '../rules.js';
import { type Candidate, LEAST_RECORDS } from './cause.js';

const DAY_MS = 86_400_000;
/** Of one slicing; the largest sums first. */
const MOST_MISSING = 6;

type Classes = readonly (RunningClassTotal | undefined)[];

/** Days on which one side has records and the other has none; neighbours are taken together. */
export function findMissingDays(breakdown: BreakdownFold, unresolved: HeldFindings): readonly Candidate[] {
  const days = [...breakdown.totals(0)].filter(([day]) => day !== -Infinity).sort(([a], [b]) => a - b);
  const spans: { side: Side; start: number; end: number; total: RunningClassTotal[] }[] = [];
  let open: (typeof spans)[number] | undefined;
  for (const [day, classes] of days) {
    const missing = findMissing(classes);
    if (missing === undefined) {
      open = undefined;
    } else if (open?.side === missing.side) {
      open.end = day + 1;
      open.total.push(missing.total);
    } else {
      open = { side: missing.side, start: day, end: day + 1, total: [missing.total] };
      spans.push(open);
    }
  }
  return largest(spans, ({ total }) => total).map(({ side, start, end }) => ({
    kind: { kind: 'missingDays', side, startMs: start * DAY_MS, endMs: end * DAY_MS },
    fits: (at) => {
      const timeMs = unresolved.timeMs(at);
      return unresolved.classOf(at) === onlyOn(side) && timeMs >= start * DAY_MS && timeMs < end * DAY_MS;
    },
  }));
}

/** Reasons, or values of a dimension, under which one side has records and the other has none. */
export function findMissingValues(
  breakdown: BreakdownFold,
  unresolved: HeldFindings,
  column: { readonly slicing: number; readonly name: string; readonly values: Values },
): readonly Candidate[] {
  const missing = [...breakdown.totals(column.slicing)].flatMap(([valueId, classes]) => {
    const value = column.values.textOf(valueId);
    const found = valueId === NO_VALUE || valueId === OTHER_VALUE ? undefined : findMissing(classes);
    return found === undefined || value === undefined ? [] : [{ ...found, valueId, value }];
  });
  missing.sort((a, b) => (a.value < b.value ? -1 : 1));
  return largest(missing, ({ total }) => [total]).map(({ side, valueId, value }) => ({
    kind:
      column.slicing === 1
        ? { kind: 'missingReason', side, reason: value }
        : { kind: 'missingDimension', side, dimension: column.name, value },
    fits: (at) =>
      unresolved.classOf(at) === onlyOn(side) && unresolved.valueId(at, column.slicing - 1) === valueId,
  }));
}

/** The side that lacks these records, and what the other has of them; undefined: both have some, or neither. */
function findMissing(
  classes: Classes,
): { readonly side: Side; readonly total: RunningClassTotal } | undefined {
  const of = (name: FindingClass): RunningClassTotal | undefined => classes[FINDING_CLASSES.indexOf(name)];
  if (of('matched') !== undefined || of('amountDiffers') !== undefined || of('timing') !== undefined)
    return undefined;
  const [here, there] = [of('onlyHere'), of('onlyThere')];
  if (here !== undefined && there === undefined) return { side: 'there', total: here };
  if (there !== undefined && here === undefined) return { side: 'here', total: there };
  return undefined;
}

function largest<T>(items: readonly T[], totalsOf: (item: T) => readonly RunningClassTotal[]): readonly T[] {
  return items
    .map((item) => {
      const totals = totalsOf(item);
      return {
        item,
        findings: totals.reduce((sum, { findings }) => sum + findings, 0),
        size: magnitude(totals.reduce((sum, { contribution }) => sum + contribution, 0n)),
      };
    })
    .filter(({ findings }) => findings >= LEAST_RECORDS)
    .sort((a, b) => (a.size === b.size ? b.findings - a.findings : a.size > b.size ? -1 : 1))
    .slice(0, MOST_MISSING)
    .map(({ item }) => item);
}

/** What a side lacks is only on the other. */
function onlyOn(lacking: Side): FindingClass {
  return lacking === 'there' ? 'onlyHere' : 'onlyThere';
}
