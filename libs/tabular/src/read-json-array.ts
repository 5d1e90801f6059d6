import { TabularError } from './errors.js';
import { jsonRows } from './json-rows.js';
import { MOST_ROW_BYTES, type ReadItem, type RowReader } from './row.js';
import { ElementSplitter } from './split-elements.js';

/**
 * A JSON array of objects, each a row; columns are as in NDJSON. An array that is cut off or broken ends the reading
 * there, with a bad row as the last item.
 *
 * @throws TabularError when it is no array, or an empty one.
 */
export const readJsonArray: RowReader = async function* readJsonArray(chunks, columns) {
  const toRow = jsonRows(columns);
  const splitter = new ElementSplitter();
  let hasRow = false;
  for await (const chunk of chunks) {
    const items = splitter.push(chunk).map(({ line, text }): ReadItem => {
      if (text === undefined) return { line, problem: `is longer than ${MOST_ROW_BYTES / 1024} KiB` };
      return toRow(line, text) ?? { line, problem: 'is not a JSON object', text: text.slice(0, 200) };
    });
    hasRow ||= items.length > 0;
    if (items.length > 0) yield items;
    if (splitter.isBroken) break;
  }
  const { problem } = splitter;
  if (!hasRow) throw new TabularError(describe(problem));
  if (problem !== undefined)
    yield [
      { line: problem.line, problem: `${problem.problem}; nothing from here on was read`, isLast: true },
    ];
};

function describe(problem: ElementSplitter['problem']): string {
  if (problem === undefined) return 'the array holds no rows';
  return `line ${problem.line}: ${problem.problem}; a statement in JSON is an array of objects, [{"amount": "1.50", …}, …]`;
}
