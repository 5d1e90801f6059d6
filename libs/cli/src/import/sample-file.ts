import { isJsonObject } from '@pacspace/domain';
import { parse } from 'csv-parse/sync';
import { CliError, toCliError } from '../errors.js';
import type { ImportSettings } from './import-options.js';
import { openText } from './open-text.js';

/** The columns of a file's beginning, each with its first values as text. */
export type Sample = ReadonlyMap<string, readonly string[]>;

const SAMPLE_ROWS = 50;
const NESTING = 3;

/** Reads no further than the first chunk. @throws CliError INPUT when that is no CSV or NDJSON with a row. */
export async function sampleFile(file: string, settings: ImportSettings): Promise<Sample> {
  const stop = new AbortController();
  const { chunks } = await openText(file, settings.encoding, stop.signal);
  let head: Buffer | undefined;
  try {
    for await (const chunk of chunks) {
      head = chunk;
      break;
    }
  } catch (error) {
    throw toCliError(error);
  }
  stop.abort();
  const text = head?.toString() ?? '';
  return settings.format === 'csv' ? sampleCsv(text, settings) : sampleNdjson(text);
}

function sampleCsv(text: string, { delimiter, hasQuotes }: ImportSettings): Sample {
  let records: string[][];
  try {
    records = parse(text, {
      delimiter,
      quote: hasQuotes ? '"' : null,
      escape: hasQuotes ? '"' : null,
      relax_column_count: true,
      skip_empty_lines: true,
      to: SAMPLE_ROWS + 1,
    });
  } catch (error) {
    throw new CliError('INPUT', `the file does not begin as CSV: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const [header = [], ...rows] = records;
  return new Map(header.map((name, i) => [name.trim(), rows.map((row) => row[i]?.trim() ?? '')]));
}

function sampleNdjson(text: string): Sample {
  const lines = text.split('\n', SAMPLE_ROWS + 1).filter((line) => line.trim() !== '');
  const columns = new Map<string, string[]>();
  for (const line of lines) {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      // The last line may be cut off; others show as rejects when the file is imported.
      continue;
    }
    flatten(row, '', columns);
  }
  if (columns.size === 0) throw new CliError('INPUT', 'the file does not begin with a JSON object a line');
  return columns;
}

function flatten(value: unknown, path: string, columns: Map<string, string[]>): void {
  if (!isJsonObject(value)) return;
  for (const [name, inner] of Object.entries(value)) {
    const inPath = path === '' ? name : `${path}.${name}`;
    if (isJsonObject(inner) && inPath.split('.').length < NESTING) {
      flatten(inner, inPath, columns);
    } else if (inner !== null && typeof inner !== 'object') {
      columns.set(inPath, [...(columns.get(inPath) ?? []), String(inner)]);
    }
  }
}
