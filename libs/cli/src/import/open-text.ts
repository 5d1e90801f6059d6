import { createReadStream } from 'node:fs';
import { type Readable, addAbortSignal } from 'node:stream';
import { type Encoding, decodeText } from '@pacspace/tabular';
import { CliError } from '../errors.js';
import { sizeOf } from '../file-size.js';
import { asOption } from '../options.js';

export interface TextSource {
  /** UTF-8 without byte order mark, whatever the file has. Bytes that are not text arrive as U+FFFD or fail later. */
  readonly chunks: AsyncIterable<Buffer>;
  /** Bytes of the file, undefined where that is not known (a pipe). */
  readonly sizeBytes: number | undefined;
  /** Bytes taken from the file so far. */
  readonly readBytes: () => number;
}

/** Large enough that a read costs little beside parsing it, small enough that a few in memory do not matter. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Opens a file, or standard input for "-". The signal ends the reading with an error.
 *
 * @throws CliError INPUT when it cannot be read, from here or while read; TabularError while read, when it is empty
 * or no text in this encoding.
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
  const chunks = decodeText(count(), { name: file, encoding, spell: asOption });
  return { chunks, sizeBytes, readBytes: () => readBytes };
}
