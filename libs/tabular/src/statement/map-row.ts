import { type Amount, DELTA_LIMITS, type JsonValue, parseAmount } from '@pacspace/domain';
import { cellText } from '../cell-text.js';
import { TabularError } from '../errors.js';
import { type DecimalMark, describeAmountProblem, readDecimal } from '../read-decimal.js';
import { readFactor, scaleAmount } from '../scale-amount.js';
import type { TimeReader } from '../read-time.js';
import type { Row } from '../row.js';
import type { Spelling } from '../spelling.js';
import type { StatementMapping } from './mapping.js';

/** One record of the party that made the statement. */
export interface StatementRow {
  /** From 0, in the order of the file; rows that cannot be read count too. */
  readonly row: number;
  /** The line it begins on, from 1. */
  readonly line: number;
  readonly reference: string | undefined;
  readonly amount: Amount;
  readonly timeMs: number | undefined;
  readonly reason: string | undefined;
  readonly dimensions: readonly (string | undefined)[];
}

export interface StatementProblem {
  readonly row: number;
  readonly line: number;
  /** Empty: the row as a whole. */
  readonly column: string;
  /** The start of the value at fault. */
  readonly value: string;
  readonly problem: string;
}

/** A problem shows no more of a value than this: it may be a file within a cell. */
const SHOWN_CHARACTERS = 100;

export interface RowReading {
  readonly mapping: StatementMapping;
  readonly decimalMark: DecimalMark;
  readonly timeReader: TimeReader | undefined;
  readonly spell: Spelling;
}

/** The columns that a mapping reads, each once. */
export function statementColumns(mapping: StatementMapping): readonly string[] {
  const { amountColumn, referenceColumn, reasonColumn, timeColumn, dimensionColumns } = mapping;
  const named = [amountColumn, referenceColumn, reasonColumn, timeColumn, ...dimensionColumns];
  return [...new Set(named.filter((name) => name !== undefined))];
}

/** Reads the cells of a row; one that cannot be read makes the row a problem. */
export class RowMapper {
  private readonly at: ReadonlyMap<string, number>;
  private readonly factor: Amount;

  /** @throws TabularError for a scale that is none. */
  constructor(mapping: StatementMapping) {
    this.at = new Map(statementColumns(mapping).map((column, i) => [column, i]));
    const factor = readFactor(mapping.scale, mapping.negate === true);
    if (factor === undefined) throw new TabularError(`${String(mapping.scale)} is no scale`);
    this.factor = factor;
  }

  cell({ cells }: Row, column: string | undefined): JsonValue | undefined {
    return column === undefined ? undefined : cells[this.at.get(column) ?? -1];
  }

  /** @throws TabularError when a time names no zone, and none was said: it may be any. */
  map(source: Row, row: number, reading: RowReading): StatementRow | StatementProblem {
    const { mapping, decimalMark, spell } = reading;
    const { line } = source;
    const fail = (column: string, problem: string): StatementProblem => {
      const value = cellText(this.cell(source, column)).slice(0, SHOWN_CHARACTERS).toWellFormed();
      return { row, line, column, value, problem };
    };

    const read = readAmountCell(this.cell(source, mapping.amountColumn), decimalMark);
    const amount = typeof read === 'bigint' ? scaleAmount(read, this.factor) : read;
    if (typeof amount === 'object') return fail(mapping.amountColumn, amount.problem);
    const texts: (string | undefined)[] = [];
    for (const [column, most] of [
      [mapping.referenceColumn, DELTA_LIMITS.referenceIdLength],
      [mapping.reasonColumn, DELTA_LIMITS.reasonLength],
      ...mapping.dimensionColumns.map((name) => [name, DELTA_LIMITS.reasonLength] as const),
    ] as const) {
      const text = cellText(this.cell(source, column));
      const problem = findTextProblem(text, most, spell);
      if (problem !== undefined) return fail(column ?? '', problem);
      texts.push(text === '' ? undefined : text);
    }
    const time = this.readTime(source, reading);
    if (typeof time === 'string') return fail(mapping.timeColumn ?? '', time);
    const [reference, reason = mapping.reason, ...dimensions] = texts;
    return { row, line, reference, amount, timeMs: time, reason, dimensions };
  }

  /** ms; undefined: no time; a text: what is wrong with it. */
  private readTime(source: Row, { mapping, timeReader, spell }: RowReading): number | string | undefined {
    if (mapping.timeColumn === undefined) return undefined;
    const text = cellText(this.cell(source, mapping.timeColumn));
    if (text === '') return 'has no time';
    if (timeReader === undefined) return `is in no notation that is known: say ${spell('timeFormat')}`;
    const time = timeReader(text);
    if (!time.ok) return time.problem;
    if (time.zoneFrom === 'cell') return time.timeMs;
    if (mapping.timeZone === undefined) {
      throw new TabularError(
        `the times in ${JSON.stringify(mapping.timeColumn)} name no zone, such as ${JSON.stringify(text.slice(0, 40))} on line ${source.line}: say ${spell('timeZone', 'utc')}, ${spell('timeZone', '+02:00')} or ${spell('timeZone', 'Europe/Berlin')}`,
      );
    }
    if (time.zoneFrom === 'option') return time.timeMs;
    return 'is a time that the clocks of this zone showed twice: write it with its offset, as in 2026-10-25T02:30:00+02:00';
  }
}

function readAmountCell(
  value: JsonValue | undefined,
  mark: DecimalMark,
): Amount | { readonly problem: string } {
  if (typeof value === 'number') {
    const parsed = parseAmount(value);
    return parsed.ok ? parsed.amount : { problem: describeAmountProblem(parsed.problem) };
  }
  const text = cellText(value);
  // Nothing there is nothing used, as an import has it.
  return text === '' ? 0n : readDecimal(text, mark);
}

function findTextProblem(text: string, most: number, spell: Spelling): string | undefined {
  if (text.length > most) return `is ${text.length} characters long; at most ${most} are taken`;
  if (text.includes('\ufffd'))
    return `holds bytes that are no text in this encoding: say ${spell('encoding', 'latin1')} if it is Windows-1252`;
  if (text.includes('\0')) return 'holds a NUL character';
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair';
}
