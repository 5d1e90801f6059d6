import { type Amount, type FieldProblem, formatAmount, parseDelta } from '@pacspace/domain';
import { type ReadTime, type Row, cellText } from '@pacspace/tabular';
import { type RowKeys, columnKeys } from './key-rows.js';
import { type ImportPlan, planColumns } from './plan.js';
import { readAmount } from './read-amount.js';
import { type Getter, cellGetter, sharedGetter, sourceGetter } from './read-shared.js';

/** A delta ready to be sent, and what a report about it needs. */
export interface MappedDelta {
  /** The delta as one line of JSON. */
  readonly json: string;
  readonly line: number;
  readonly column: string;
  readonly customerId: string;
  readonly reason: string;
  readonly amount: Amount;
}

/** Why a row, or a delta of it, is not in the ledger. */
export interface Reject {
  readonly line: number;
  /** The column at fault; empty: the row. */
  readonly column: string;
  readonly value: string;
  readonly reason: string;
}

export interface MappedRow {
  readonly deltas: readonly MappedDelta[];
  /** Not empty: then there are no deltas. A row is taken whole or not at all. */
  readonly rejects: readonly Reject[];
  /** Amount cells that are no usage: zero (a delta cannot be zero). */
  readonly zeros: number;
  /** Amount columns whose cell is empty or missing. */
  readonly blanks: readonly string[];
  /** Undefined: no time column. */
  readonly time: ReadTime | undefined;
}

export type RowMapper = (row: Row, nowMs: number) => MappedRow;

/** Compiles a plan to the function that turns a row into deltas, valid by the same rule as the server's. */
export function createRowMapper(plan: ImportPlan, keys: RowKeys): RowMapper {
  const columns = planColumns(plan);
  const content = contentGetter(plan, columns);
  const shared = sharedGetter(plan, columns);
  const fixedReason = plan.reason === undefined ? undefined : sourceGetter(columns, plan.reason);
  const amounts = plan.amountColumns.map((column) => ({
    column,
    cell: cellGetter(columns, column),
    keyOf: columnKeys(column, plan.keyNamespace),
  }));

  return (row, nowMs) => {
    // Counted for every row, also those rejected further down: a row's number must not hang on the options.
    const identity = keys.identify(content(row));
    const { fields, time } = shared(row);
    const rejects = new RowRejects(row, columns);
    const deltas: MappedDelta[] = [];
    const blanks: string[] = [];
    let zeros = 0;
    let sharedJson: string | undefined;
    if (time?.ok === false) rejects.add(plan.time?.column ?? '', time.problem);
    rejects.addUndecodable();

    for (const { column, cell, keyOf } of amounts) {
      const text = cellText(cell(row));
      if (text === '') {
        blanks.push(column);
        continue;
      }
      const amount = readAmount(text, plan.factor);
      if (amount === 0n) {
        zeros += 1;
        continue;
      }
      if (typeof amount === 'object') {
        rejects.add(column, amount.problem);
        continue;
      }
      const reason = fixedReason?.(row) ?? column;
      const { customerId } = fields;
      const own = { delta: formatAmount(amount), reason, idempotencyKey: keyOf(identity) };
      // What the deltas of a row share is checked with the first of them: times and metadata cost the most.
      const parsed = parseDelta(
        sharedJson === undefined ? { ...fields, ...own } : { customerId, ...own },
        nowMs,
      );
      if (!parsed.ok)
        for (const problem of parsed.problems) rejects.add(columnOf(problem, column, plan), problem.message);
      sharedJson ??= JSON.stringify(fields).slice(0, -1);
      const json = `${sharedJson},${JSON.stringify(own).slice(1)}`;
      deltas.push({ json, line: row.line, column, customerId, reason, amount });
    }
    return { deltas: rejects.list.length === 0 ? deltas : [], rejects: rejects.list, zeros, blanks, time };
  };
}

function contentGetter(plan: ImportPlan, columns: readonly string[]): Getter<string> {
  if (plan.keyColumns.length === 0) return (row) => row.content;
  const cells = plan.keyColumns.map((column) => ({ column, cell: cellGetter(columns, column) }));
  return (row) => JSON.stringify(cells.map(({ column, cell }) => [column, cell(row) ?? null]));
}

class RowRejects {
  readonly list: Reject[] = [];

  constructor(
    private readonly row: Row,
    private readonly columns: readonly string[],
  ) {}

  /** A fault outside the amounts may show in each delta of the row; it is one fault. */
  add(column: string, reason: string): void {
    if (this.list.some((known) => known.column === column && known.reason === reason)) return;
    const value = cellText(this.row.cells[this.columns.indexOf(column)]);
    this.list.push({ line: this.row.line, column, value, reason });
  }

  addUndecodable(): void {
    const { cells } = this.row;
    for (let i = 0; i < cells.length; i += 1) {
      const cell = cells[i];
      if (typeof cell !== 'string' || !cell.includes('\ufffd')) continue;
      this.add(this.columns[i] ?? '', 'holds bytes that are no text in this encoding (see --encoding)');
    }
  }
}

/** The column, or the option, behind a member of the delta. */
function columnOf({ path }: FieldProblem, amountColumn: string, plan: ImportPlan): string {
  switch (path) {
    case 'delta':
      return amountColumn;
    case 'customerId':
      return 'column' in plan.customer ? plan.customer.column : '--customer';
    case 'occurredAt':
      return plan.time?.column ?? '';
    case 'referenceId':
      return plan.referenceColumn ?? '';
    case 'reason':
      if (plan.reason === undefined) return amountColumn;
      return 'column' in plan.reason ? plan.reason.column : '--reason';
    default:
      return path;
  }
}
