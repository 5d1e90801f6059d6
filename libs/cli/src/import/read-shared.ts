import { type JsonObject, type JsonValue, formatTime } from '@pacspace/domain';
import { type ReadTime, type Row, cellText } from '@pacspace/tabular';
import type { ImportPlan, Source } from './plan.js';

/** Reads one thing of a row. */
export type Getter<T> = (row: Row) => T;

/** What all deltas of a row have in common, as the members of a delta. */
export interface SharedFields {
  readonly fields: JsonObject & { readonly customerId: string };
  /** Undefined: the plan has no time column. */
  readonly time: ReadTime | undefined;
}

export function cellGetter(columns: readonly string[], column: string): Getter<JsonValue | undefined> {
  const at = columns.indexOf(column);
  return (row) => row.cells[at];
}

export function sourceGetter(columns: readonly string[], source: Source): Getter<string> {
  if ('constant' in source) return () => source.constant;
  const cell = cellGetter(columns, source.column);
  return (row) => cellText(cell(row));
}

export function sharedGetter(plan: ImportPlan, columns: readonly string[]): Getter<SharedFields> {
  const customer = sourceGetter(columns, plan.customer);
  const metadata = metadataGetter(plan, columns);
  const { referenceColumn, time: timePlan } = plan;
  const reference = referenceColumn === undefined ? undefined : cellGetter(columns, referenceColumn);
  const timeCell = timePlan === undefined ? undefined : cellGetter(columns, timePlan.column);
  return (row) => {
    const referenceId = cellText(reference?.(row));
    const kept = metadata(row);
    const time = timePlan === undefined ? undefined : readTime(cellText(timeCell?.(row)), timePlan.read);
    return {
      fields: {
        customerId: customer(row),
        ...(referenceId !== '' && { referenceId }),
        ...(kept !== undefined && { metadata: kept }),
        ...(time?.ok === true && { occurredAt: formatTime(time.timeMs) }),
      },
      time,
    };
  };
}

function readTime(text: string, read: (text: string) => ReadTime): ReadTime {
  return text === '' ? { ok: false, problem: 'has no time' } : read(text);
}

/** Undefined when there is nothing to keep. The object has no prototype: a column may be named __proto__. */
function metadataGetter(plan: ImportPlan, columns: readonly string[]): Getter<JsonObject | undefined> {
  const cells = plan.metadataColumns.map((column) => ({ column, cell: cellGetter(columns, column) }));
  if (cells.length === 0 && plan.metadataConstants.length === 0) return () => undefined;
  return (row) => {
    const metadata = Object.create(null) as Record<string, JsonValue>;
    let isEmpty = plan.metadataConstants.length === 0;
    for (const [name, value] of plan.metadataConstants) metadata[name] = value;
    for (const { column, cell } of cells) {
      const value = cell(row);
      if (value === undefined || value === null || value === '') continue;
      metadata[column] = value;
      isEmpty = false;
    }
    return isEmpty ? undefined : metadata;
  };
}
