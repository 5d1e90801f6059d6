import { TextDecoder } from 'node:util';
import { TabularError } from './errors.js';
import { type Spelling, asParameter } from './spelling.js';

/** "latin1" is Windows-1252, of which ISO 8859-1 is the part that is printed (WHATWG Encoding, "windows-1252"). */
export const ENCODINGS = ['utf-8', 'utf-16', 'latin1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface DecodeOptions {
  /** What messages call the file. */
  readonly name: string;
  /** Absent: by the byte order mark, and UTF-8 without one. */
  readonly encoding?: Encoding | undefined;
  readonly spell?: Spelling;
}

/** What the first bytes give away, before they end up as thousands of rejected rows. */
const NOT_TEXT: readonly (readonly [magic: readonly number[], message: string])[] = [
  [[0x1f, 0x8b], 'is compressed: unpack it (gunzip -c)'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed: unpack it (zstd -dc)'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive or a spreadsheet: save it as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is a spreadsheet: save it as CSV'],
  [[0x50, 0x41, 0x52, 0x31], 'is Parquet: export it as CSV or NDJSON'],
];

/**
 * The text as UTF-8 without byte order mark, whatever the file has. Bytes that are no text arrive as U+FFFD, or fail
 * later.
 *
 * @throws TabularError while read: when it is empty, or no text in this encoding.
 */
export async function* decodeText(
  chunks: AsyncIterable<Buffer>,
  options: DecodeOptions,
): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of atLeast(chunks, 4)) {
    let text = chunk;
    if (isFirst) {
      isFirst = false;
      const start = recognise(chunk, options);
      decoder = start.label === 'utf-8' ? undefined : new TextDecoder(start.label);
      text = chunk.subarray(start.markBytes);
    }
    yield decoder === undefined ? text : Buffer.from(decoder.decode(text, { stream: true }));
  }
  if (isFirst) throw new TabularError(`${options.name} is empty`);
  // A pair cut in half at the end becomes U+FFFD, and its row is rejected like any other that is not text.
  if (decoder !== undefined) yield Buffer.from(decoder.decode());
}

/** A pipe may hand over its first bytes one by one; a byte order mark must be seen whole. */
async function* atLeast(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let held: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (held === undefined) {
      yield chunk;
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (held.length < bytes) continue;
    yield held;
    held = undefined;
  }
  if (held !== undefined && held.length > 0) yield held;
}

interface Start {
  readonly label: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  readonly markBytes: number;
}

function recognise(head: Buffer, { name, encoding: asked, spell = asParameter }: DecodeOptions): Start {
  for (const [magic, message] of NOT_TEXT) {
    if (magic.every((byte, i) => head[i] === byte)) throw new TabularError(`${name} ${message}`);
  }
  const marked = readMark(head);
  const markedAs = marked?.label === 'utf-8' ? 'utf-8' : 'utf-16';
  if (marked !== undefined) {
    if (asked !== undefined && asked !== markedAs) {
      throw new TabularError(
        `${name} begins with the mark of ${markedAs}, not of ${asked}: leave ${spell('encoding')} out`,
      );
    }
    return marked;
  }
  if (asked === 'utf-16') return { label: 'utf-16le', markBytes: 0 };
  if (head.includes(0)) {
    throw new TabularError(
      `${name} holds zero bytes: it is no text, or UTF-16 without a mark (${spell('encoding', 'utf-16')})`,
    );
  }
  return { label: asked === 'latin1' ? 'windows-1252' : 'utf-8', markBytes: 0 };
}

function readMark(head: Buffer): Start | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { label: 'utf-8', markBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { label: 'utf-16le', markBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { label: 'utf-16be', markBytes: 2 };
  return undefined;
}
