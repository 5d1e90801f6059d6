import { TabularError } from './errors.js';
import { jsonRows } from './json-rows.js';
import { MOST_ROW_BYTES, type ReadItem, type RowReader } from './row.js';

const NEWLINE = 0x0a;

/**
 * One JSON object a line, blank lines passed over. A column is the name of a member, or a path to one with dots.
 * A number is kept as its own digits where a double would change them.
 */
export const readNdjson: RowReader = async function* readNdjson(chunks, columns) {
  const toRow = jsonRows(columns);
  let hasLine = false;
  for await (const lines of readLines(chunks)) {
    const items: ReadItem[] = [];
    for (const { line, text } of lines) {
      if (text === undefined) items.push({ line, problem: `is longer than ${MOST_ROW_BYTES / 1024} KiB` });
      else if (text !== '') items.push(toRow(line, text) ?? { line, problem: describe(text, line), text });
    }
    hasLine ||= items.length > 0;
    if (items.length > 0) yield items;
  }
  if (!hasLine) throw new TabularError('the file holds no rows');
};

function describe(text: string, line: number): string {
  if (line === 1 && text.startsWith('['))
    return 'is a JSON array, not one object a line (jq -c ".[]" makes it so)';
  return 'is not a JSON object';
}

interface Line {
  readonly line: number;
  /** Without blanks around it; undefined: too long. */
  readonly text: string | undefined;
}

/** Splits at LF only: U+2028 inside a JSON string ends no line. Holds at most one line beside the chunk. */
async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  let line = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  const take = (end: Buffer): Line => {
    line += 1;
    const isTooLong = heldBytes + end.length > MOST_ROW_BYTES;
    const text = isTooLong
      ? undefined
      : Buffer.concat([...held, end])
          .toString()
          .trim();
    held = [];
    heldBytes = 0;
    return { line, text };
  };
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let start = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, start)) {
      lines.push(take(chunk.subarray(start, at)));
      start = at + 1;
    }
    const rest = chunk.subarray(start);
    heldBytes += rest.length;
    if (heldBytes <= MOST_ROW_BYTES) held.push(rest);
    else held = [];
    yield lines;
  }
  if (heldBytes > 0) yield [take(Buffer.alloc(0))];
}
