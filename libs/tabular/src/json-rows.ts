import { type JsonValue, isJsonObject } from '@pacspace/domain';
import type { ReadItem } from './row.js';

interface Path {
  readonly column: string;
  readonly path: readonly string[];
}

/** Turns the text of one JSON object into a row; a column is the name of a member, or a path to one with dots. */
export function jsonRows(columns: readonly string[]): (line: number, text: string) => ReadItem | undefined {
  const paths = columns.map((column) => ({ column, path: column.split('.') }));
  return (line, text) => {
    const value = parseText(text);
    if (!isJsonObject(value)) return undefined;
    return { line, cells: paths.map((path) => dig(value, path)), content: text };
  };
}

/** A member whose own name has the dots goes before the path. */
function dig(row: JsonValue, { column, path }: Path): JsonValue | undefined {
  const own = member(row, column);
  if (own !== undefined || path.length === 1) return own;
  let value: JsonValue | undefined = row;
  for (const name of path) {
    if (value === undefined) return undefined;
    value = member(value, name);
  }
  return value;
}

/** Own members only: "constructor" is no column of every row. */
function member(value: JsonValue, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, JsonValue>>)[name];
}

/** Seventeen digits and more may not survive the way through a double; other texts need no slow parse. */
const LONG_NUMBER = /\d[\d.]{15,}/;

function parseText(text: string): unknown {
  try {
    if (!LONG_NUMBER.test(text)) return JSON.parse(text);
    return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

/** A long number whose text a double does not give back becomes that text (JSON.parse source text access, Node 22). */
function keepDigits(_key: string, value: unknown, context: { readonly source?: string }): unknown {
  const { source } = context;
  if (typeof value !== 'number' || source === undefined || !LONG_NUMBER.test(source)) return value;
  return String(value) === source ? value : source;
}
