import { type CsvError, type Parser, parse } from 'csv-parse';
import { TabularError } from './errors.js';
import { type BadRow, MOST_ROW_BYTES, type ReadItem, type RowReader } from './row.js';
import { type Spelling, asParameter } from './spelling.js';

export interface CsvOptions {
  readonly delimiter: string;
  /** False: quotes are ordinary characters. */
  readonly hasQuotes: boolean;
  /** How messages name options; else as parameters of a request. */
  readonly spell?: Spelling;
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * RFC 4180 with any line ending, blank lines passed over. The first record names the columns (in what follows, names
 * are compared without the blanks around them). A record with another number of cells is a bad row; a quote out of
 * place ends the reading there, since what follows it may be inside out.
 *
 * @throws TabularError when the header is missing or lacks a column asked for, or has it twice.
 */
export function csvReader(options: CsvOptions): RowReader {
  return async function* readCsv(chunks, columns) {
    let header: Header | undefined;
    let hasRow = false;
    for await (const records of readRecords(chunks, options)) {
      const items: ReadItem[] = [];
      for (const record of records) {
        if (!('cells' in record)) items.push(record);
        else if (header === undefined) header = readHeader(record.cells, columns, options);
        else items.push(toRow(record, header));
      }
      if (header === undefined && items.length > 0)
        throw new TabularError(`the header is not CSV: ${problemOf(items[0])}`);
      hasRow ||= items.length > 0;
      if (items.length > 0) yield items;
    }
    if (header === undefined)
      throw new TabularError('the file has no header: the first row must name the columns');
    if (!hasRow) throw new TabularError('the file has a header and no rows');
  };
}

function spellOf({ spell = asParameter }: CsvOptions): Spelling {
  return spell;
}

function problemOf(item: ReadItem | undefined): string {
  return item !== undefined && 'problem' in item ? item.problem : '';
}

interface Header {
  readonly width: number;
  /** Where the columns asked for are. */
  readonly wanted: readonly number[];
  /** All columns by name, so that a row is the same row when its columns are moved about. */
  readonly sorted: readonly number[];
  readonly sortedNames: string;
}

function readHeader(cells: readonly string[], columns: readonly string[], options: CsvOptions): Header {
  const names = cells.map((cell) => cell.trim());
  const wanted = columns.map((column) => {
    const at = names.indexOf(column);
    if (at === -1) throw new TabularError(describeMissing(column, names, options));
    if (names.includes(column, at + 1))
      throw new TabularError(`there are two columns ${JSON.stringify(column)}`);
    return at;
  });
  const sorted = names.map((_, i) => i).sort((a, b) => compare(names[a] ?? '', names[b] ?? '') || a - b);
  return { width: names.length, wanted, sorted, sortedNames: JSON.stringify(sorted.map((i) => names[i])) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function describeMissing(column: string, names: readonly string[], options: CsvOptions): string {
  const same = names.find((name) => name.toLowerCase() === column.toLowerCase());
  const only = names.length === 1 ? names[0] : undefined;
  const other = [',', ';', '\t', '|'].find(
    (mark) => mark !== options.delimiter && only?.includes(mark) === true,
  );
  const hint =
    same !== undefined
      ? ` Is it ${JSON.stringify(same)}?`
      : other !== undefined
        ? ` The header has no ${JSON.stringify(options.delimiter)}: is it ${spellOf(options)('delimiter', other === '\t' ? 'tab' : `'${other}'`)}?`
        : '';
  return `there is no column ${JSON.stringify(column)}; there are: ${names.map((name) => JSON.stringify(name)).join(', ')}.${hint}`;
}

function toRow({ line, cells }: CsvRecord, header: Header): ReadItem {
  if (cells.length !== header.width) {
    const problem = `has ${cells.length} cells where the header has ${header.width}`;
    return { line, problem, text: cells.join(' | ') };
  }
  return {
    line,
    cells: header.wanted.map((i) => cells[i]),
    content: header.sortedNames + JSON.stringify(header.sorted.map((i) => cells[i])),
  };
}

/** The records of each chunk, with the line that each begins on; a syntax error is the last item of the last chunk. */
async function* readRecords(
  chunks: AsyncIterable<Buffer>,
  options: CsvOptions,
): AsyncGenerator<readonly (CsvRecord | BadRow)[]> {
  let records: (CsvRecord | BadRow)[] = [];
  let lastLine = 0;
  let extraLines = 0;
  const parser = parse({
    delimiter: options.delimiter,
    quote: options.hasQuotes ? '"' : null,
    escape: options.hasQuotes ? '"' : null,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MOST_ROW_BYTES,
    on_record: (cells: string[], { lines }) => {
      // The parser counts the line on which a record ends, and a CRLF inside a quoted cell as two lines.
      let end = lines - extraLines;
      let line = end;
      if (end > lastLine + 1) {
        const inside = countInnerLines(cells);
        extraLines += inside.pairs;
        end -= inside.pairs;
        line = end - inside.breaks;
      }
      lastLine = end;
      records.push({ line, cells });
      return null;
    },
  });
  // Failures are taken from the callbacks of write and end; without a listener the event would end the process.
  parser.on('error', () => undefined);
  parser.resume();
  const take = (): readonly (CsvRecord | BadRow)[] => {
    const taken = records;
    records = [];
    return taken;
  };
  for await (const chunk of chunks) {
    const failure = await write(parser, chunk);
    yield take();
    if (failure !== undefined) {
      yield [explain(failure, lastLine, spellOf(options))];
      return;
    }
  }
  const failure = await write(parser, undefined);
  yield take();
  if (failure !== undefined) yield [explain(failure, lastLine, spellOf(options))];
}

/** Resolves when the chunk (undefined: the end) has been parsed and its records handed over. */
function write(parser: Parser, chunk: Buffer | undefined): Promise<CsvError | undefined> {
  return new Promise((resolve) => {
    const done = (error?: Error | null): void => resolve((error ?? undefined) as CsvError | undefined);
    if (chunk === undefined) parser.end(done);
    else parser.write(chunk, done);
  });
}

function countInnerLines(cells: readonly string[]): { readonly breaks: number; readonly pairs: number } {
  let breaks = 0;
  let pairs = 0;
  for (const cell of cells) {
    for (const [lineBreak] of cell.matchAll(/\r\n|\n|\r/g)) {
      breaks += 1;
      if (lineBreak.length === 2) pairs += 1;
    }
  }
  return { breaks, pairs };
}

function explain(error: CsvError, lastLine: number, spell: Spelling): BadRow {
  const line = lastLine + 1;
  return { line, problem: `${explainCode(error, spell)}; nothing from here on was read`, isLast: true };
}

function explainCode(error: CsvError, spell: Spelling): string {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quote that opens in this row is never closed';
    case 'CSV_MAX_RECORD_SIZE':
      return `the row is longer than ${MOST_ROW_BYTES / 1024} KiB: a quote that opens in it is probably never closed`;
    case 'INVALID_OPENING_QUOTE':
      return `a quote inside a cell that does not begin with one (write it twice inside a quoted cell, or say ${spell('quotes', 'false')})`;
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `text after a closing quote (a quote inside a quoted cell is written twice; or say ${spell('quotes', 'false')})`;
    default:
      return error.message;
  }
}
