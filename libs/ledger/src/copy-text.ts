import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

/** COPY's text form of an absent value. */
export const COPY_NULL = '\\N';

const SPECIAL = /[\\\n\r\t]/;

/** Text as COPY reads it: backslash, tab and line ends escaped. */
export function copyText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
}

/** Hex as COPY reads a bytea. */
export function copyBytes(hex: string): string {
  return `\\\\x${hex}`;
}

/** Sends rows, each already in COPY's text form and ended by a line feed. */
export async function copyRows(
  client: pg.ClientBase,
  target: string,
  chunks: readonly string[],
): Promise<void> {
  if (chunks.length === 0) return;
  const stream = client.query(copyFrom(`COPY ${target} FROM STDIN`));
  const done = finished(stream);
  try {
    for (const chunk of chunks) {
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
    }
    stream.end();
  } finally {
    await done;
  }
}
