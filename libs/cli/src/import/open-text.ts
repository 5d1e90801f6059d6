import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type Readable, addAbortSignal } from 'node:stream';
import { TextDecoder } from 'node:util';
import { CliError } from '../errors.js';

export const ENCODINGS = ['utf-8', 'utf-16', 'latin1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface TextSource {
  /** UTF-8 without byte order mark, whatever the file has. Bytes that are not text arrive as U+FFFD or fail later. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file, undefined where that is not known (a pipe). */
  readonly sizeBytes: number | undefined;
  /** Bytes taken from the file so far. */
  readonly readBytes: () => number;
}

/** What the first bytes give away, before they end up as thousands of rejected rows. */
const NOT_TEXT: readonly (readonly [magic: readonly number[], message: string])[] = [
  [[0x1f, 0x8b], 'is compressed: gunzip -c FILE | npx pacspace import - …'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'is compressed: zstd -dc FILE | npx pacspace import - …'],
  [[0x50, 0x4b, 0x03, 0x04], 'is a zip archive or a spreadsheet: save it as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'is a spreadsheet: save it as CSV'],
  [[0x50, 0x41, 0x52, 0x31], 'is Parquet: export it as CSV or NDJSON'],
];

/** Large enough that a read costs little beside parsing it, small enough that a few in memory do not matter. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Opens a file, or standard input for "-". The signal ends the reading with an error.
 *
 * @throws CliError INPUT when it cannot be read, is empty, or is no text in this encoding; from here or while read.
 */
export async function openText(
  file: string,
  encoding: Encoding | undefined,
  signal: AbortSignal,
): Promise<TextSource> {
  const isPipe = file === '-';
  const sizeBytes = isPipe ? undefined : await sizeOf(file);
  const bytes: Readable = isPipe ? process.stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
  addAbortSignal(signal, bytes);
  let readBytes = 0;

  async function* count(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        readBytes += chunk.length;
        yield chunk;
      }
    } catch (error) {
      // Not an end like any other: the row that it cuts short must not be taken for a whole one.
      if (signal.aborted) throw error;
      throw new CliError('INPUT', `cannot read ${file}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { chunks: decode(count(), file, encoding), sizeBytes, readBytes: () => readBytes };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new CliError('INPUT', `${file} is a folder`);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing
      ? `there is no file ${file}`
      : `cannot read ${file}: ${(error as Error).message}`;
    throw new CliError('INPUT', message, { cause: error });
  }
}

async function* decode(
  chunks: AsyncIterable<Buffer>,
  file: string,
  asked: Encoding | undefined,
): AsyncGenerator<Buffer> {
  let decoder: TextDecoder | undefined;
  let isFirst = true;
  for await (const chunk of atLeast(chunks, 4)) {
    let text = chunk;
    if (isFirst) {
      isFirst = false;
      const start = recognise(chunk, file, asked);
      decoder = start.label === 'utf-8' ? undefined : new TextDecoder(start.label);
      text = chunk.subarray(start.markBytes);
    }
    yield decoder === undefined ? text : Buffer.from(decoder.decode(text, { stream: true }));
  }
  if (isFirst) throw new CliError('INPUT', `${file} is empty`);
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

function recognise(head: Buffer, file: string, asked: Encoding | undefined): Start {
  for (const [magic, message] of NOT_TEXT) {
    if (magic.every((byte, i) => head[i] === byte)) {
      throw new CliError('INPUT', `${file} ${message.replace('FILE', file)}`);
    }
  }
  const marked = readMark(head);
  const markedAs = marked?.label === 'utf-8' ? 'utf-8' : 'utf-16';
  if (marked !== undefined) {
    if (asked !== undefined && asked !== markedAs) {
      throw new CliError(
        'INPUT',
        `${file} begins with the mark of ${markedAs}, not of ${asked}: leave --encoding out`,
      );
    }
    return marked;
  }
  if (asked === 'utf-16') return { label: 'utf-16le', markBytes: 0 };
  if (head.includes(0)) {
    throw new CliError(
      'INPUT',
      `${file} holds zero bytes: it is no text, or UTF-16 without a mark (--encoding utf-16)`,
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
