import { type DecodeOptions, decodeText } from '../decode-text.js';
import { TabularError } from '../errors.js';
import { csvReader } from '../read-csv.js';
import { readJsonArray } from '../read-json-array.js';
import { readNdjson } from '../read-ndjson.js';
import type { ReadItem, Row, RowReader } from '../row.js';
import { type Spelling, asParameter } from '../spelling.js';
import { type Zone, findZone } from '../time-zone.js';
import { type StatementFormats, StatementFormatFinder } from './find-formats.js';
import { RowMapper, type StatementProblem, type StatementRow, statementColumns } from './map-row.js';
import type { StatementMapping } from './mapping.js';

export interface StatementBatch {
  readonly rows: readonly StatementRow[];
  readonly problems: readonly StatementProblem[];
  /** What was found out so far; that of the last batch stands for the whole statement. */
  readonly formats: StatementFormats;
}

/**
 * Reads a statement, a chunk of the file at a time. Where the mapping leaves open how amounts or times are written,
 * values that have one reading only settle it; on the first that has two, the file is read ahead from its beginning
 * until another settles it, and when none does, it is refused.
 *
 * @param open the file's bytes from its beginning, anew at each call.
 * @throws TabularError for what is wrong with the file as a whole.
 */
export async function* readStatement(
  open: () => AsyncIterable<Buffer>,
  mapping: StatementMapping,
  { name = 'the statement', spell = asParameter }: { readonly name?: string; readonly spell?: Spelling } = {},
): AsyncGenerator<StatementBatch> {
  const mapper = new RowMapper(mapping);
  const finder = new StatementFormatFinder(mapping, zoneOf(mapping), spell);
  const read = (): AsyncIterable<readonly ReadItem[]> => {
    const options: DecodeOptions = { name, encoding: mapping.encoding, spell };
    return readerOf(mapping, spell)(decodeText(open(), options), statementColumns(mapping));
  };
  let row = 0;
  for await (const items of read()) {
    see(finder, mapper, { items, mapping });
    if (finder.isAmbiguous) await settle(finder, mapper, { batches: read(), mapping });
    const { formats, timeReader } = finder;
    const reading = { mapping, decimalMark: formats.decimalMark ?? '.', timeReader, spell };
    const rows: StatementRow[] = [];
    const problems: StatementProblem[] = [];
    for (const item of items) {
      const mapped = 'problem' in item ? toProblem(item, row) : mapper.map(item, row, reading);
      if ('problem' in mapped) problems.push(mapped);
      else rows.push(mapped);
      row += 1;
    }
    yield { rows, problems, formats };
  }
}

function see(
  finder: StatementFormatFinder,
  mapper: RowMapper,
  { items, mapping }: { readonly items: readonly ReadItem[]; readonly mapping: StatementMapping },
): void {
  for (const item of items) {
    if ('problem' in item) continue;
    finder.see({
      amount: mapper.cell(item, mapping.amountColumn),
      time: mapper.cell(item, mapping.timeColumn),
    });
  }
}

async function settle(
  finder: StatementFormatFinder,
  mapper: RowMapper,
  {
    batches,
    mapping,
  }: { readonly batches: AsyncIterable<readonly ReadItem[]>; readonly mapping: StatementMapping },
): Promise<void> {
  for await (const items of batches) {
    see(finder, mapper, { items, mapping });
    if (!finder.isAmbiguous) return;
  }
  finder.assertCertain();
}

function toProblem(item: Exclude<ReadItem, Row>, row: number): StatementProblem {
  return {
    row,
    line: item.line,
    column: '',
    value: item.text?.slice(0, 100).toWellFormed() ?? '',
    problem: item.problem,
  };
}

function readerOf(mapping: StatementMapping, spell: Spelling): RowReader {
  switch (mapping.format) {
    case 'csv':
      return csvReader({ ...mapping, spell });
    case 'ndjson':
      return readNdjson;
    case 'json':
      return readJsonArray;
  }
}

function zoneOf({ timeZone = 'utc' }: StatementMapping): Zone {
  const zone = findZone(timeZone);
  if (zone === undefined) throw new TabularError(`there is no time zone ${JSON.stringify(timeZone)}`);
  return zone;
}
