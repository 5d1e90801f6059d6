import type { Amount } from '@pacspace/domain';
import type { TimeReader } from '@pacspace/tabular';

/** A value that is the same for every row, or stands in one of its columns. */
export type Source = { readonly constant: string } | { readonly column: string };

/** What the columns of a file mean: how one row becomes deltas. */
export interface ImportPlan {
  readonly customer: Source;
  /** One delta of each row per column. */
  readonly amountColumns: readonly string[];
  /** Absent: the name of the amount's column. */
  readonly reason?: Source;
  /** Every amount is multiplied by it, exactly; the sign is in it. */
  readonly factor: Amount;
  readonly time?: { readonly column: string; readonly read: TimeReader };
  readonly referenceColumn?: string;
  readonly metadataColumns: readonly string[];
  readonly metadataConstants: readonly (readonly [name: string, value: string])[];
  /** Columns that tell a row from every other; none: all its content does. */
  readonly keyColumns: readonly string[];
  /** Tells two imports of the same rows apart. */
  readonly keyNamespace: string;
}

/** Every column that the plan reads, each once. */
export function planColumns(plan: ImportPlan): readonly string[] {
  const columns = [
    ...plan.amountColumns,
    ...plan.metadataColumns,
    ...plan.keyColumns,
    ...[plan.customer, plan.reason].flatMap((source) =>
      source !== undefined && 'column' in source ? [source.column] : [],
    ),
    ...(plan.time === undefined ? [] : [plan.time.column]),
    ...(plan.referenceColumn === undefined ? [] : [plan.referenceColumn]),
  ];
  return [...new Set(columns)];
}
