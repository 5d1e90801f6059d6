import type { Period } from '@pacspace/domain';
import { plainArray } from '../array-literal.js';
import type { CustomerFacts, PeriodFacts } from './read-customer.js';

/** Which of a customer's deltas are meant. What is absent does not restrict; lower bounds are included, upper ones not. */
export interface EntryScope {
  /** The period in which they were counted. */
  readonly period?: Period;
  /** By event time. */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly fromIndex?: number;
  readonly toIndex?: number;
}

/** A scope laid over what is known of the customer: what need not be looked at any more, and where to look for the rest. */
export interface EntrySelection {
  readonly customer: CustomerFacts;
  readonly fromIndex: number;
  readonly toIndex: number;
  /** Undefined where it would not leave anything out. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  /** Periods all of whose deltas are meant. */
  readonly whole: readonly PeriodFacts[];
  /** Periods of which some may be meant. */
  readonly partial: readonly PeriodFacts[];
  /** True when it is every index from `fromIndex` up to, but not including, `toIndex`. */
  readonly contiguous: boolean;
}

/**
 * Late deltas are counted in a later period than that of their event time, so months say nothing about where a window's
 * deltas are; the periods' own earliest and latest event times do. As a rule all but the two months at a window's ends
 * are inside it or outside it as a whole, and are neither read nor summed.
 */
export function selectEntries(customer: CustomerFacts, scope: EntryScope): EntrySelection {
  const { fromMs = -Infinity, toMs = Infinity } = scope;
  const fromIndex = Math.max(0, scope.fromIndex ?? 0);
  const toIndex = Math.min(customer.count, scope.toIndex ?? customer.count);
  const inRange = customer.periods.filter((one) => one.lastIndex >= fromIndex && one.firstIndex < toIndex);
  const touched = inRange.filter(
    (one) =>
      (scope.period === undefined || one.period === scope.period) &&
      one.lastAtMs >= fromMs &&
      one.firstAtMs < toMs,
  );
  const isWholeInTime = (one: PeriodFacts): boolean => one.firstAtMs >= fromMs && one.lastAtMs < toMs;
  const isWhole = (one: PeriodFacts): boolean =>
    isWholeInTime(one) && one.firstIndex >= fromIndex && one.lastIndex < toIndex;
  return {
    customer,
    fromIndex,
    toIndex: Math.max(fromIndex, toIndex),
    fromMs: touched.every((one) => one.firstAtMs >= fromMs) ? undefined : fromMs,
    toMs: touched.every((one) => one.lastAtMs < toMs) ? undefined : toMs,
    whole: touched.filter(isWhole),
    partial: touched.filter((one) => !isWhole(one)),
    contiguous: touched.length === inRange.length && touched.every(isWholeInTime),
  };
}

/** An upper bound of how many deltas are meant, without looking. */
export function countAtMost(selection: EntrySelection): number {
  const counted = [...selection.whole, ...selection.partial].reduce((sum, one) => sum + one.count, 0);
  return Math.min(counted, selection.toIndex - selection.fromIndex);
}

/** SQL for an entry's event time. */
export const EVENT_TIME = 'coalesce(occurred_at_ms, recorded_at_ms)';

/** The condition that finds a selection's entries in these of its periods: index ranges of named partitions. */
export function whereSelected(
  selection: EntrySelection,
  periods: readonly PeriodFacts[],
): { readonly text: string; readonly values: (string | number)[] } {
  const { customer, fromIndex, toIndex, fromMs, toMs } = selection;
  const values = [customer.number, plainArray(periods.map((one) => one.period)), fromIndex, toIndex];
  let text = 'customer_no = $1 AND period = ANY($2::int4[]) AND idx >= $3 AND idx < $4';
  if (fromMs !== undefined) text += ` AND ${EVENT_TIME} >= $${values.push(fromMs)}`;
  if (toMs !== undefined) text += ` AND ${EVENT_TIME} < $${values.push(toMs)}`;
  return { text, values };
}
