import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createGunzip, type Gunzip } from 'node:zlib';
import { ApiError } from '@pacspace/wire';
import { badGzip, type Coding } from './read-body.js';

/** What inflates to more than this many times its size is no usage data, but a bomb. gzip's own limit is 1,032. */
const MAX_RATIO = 200;
/** Below this the ratio says nothing: a few repeated lines compress that well. */
const RATIO_FROM_BYTES = 16 * 1024 * 1024;

/**
 * The bytes of a body as they arrive, inflated when it was sent as gzip. Nothing is read ahead of the consumer, and
 * stopping early leaves the connection open, so that an answer can still be sent.
 *
 * @throws ApiError VALIDATION_FAILED when the body breaks off, PAYLOAD_TOO_LARGE for a bomb.
 */
export async function* openStream(request: IncomingMessage, coding: Coding): AsyncGenerator<Buffer> {
  try {
    // Not `for await (… of request)`: leaving that loop early would destroy the connection.
    const blocks = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
    if (coding === 'gzip') yield* inflate(blocks);
    else yield* blocks;
  } catch (cause) {
    if (cause instanceof ApiError) throw cause;
    throw new ApiError('VALIDATION_FAILED', 'the body ended before its time', { cause });
  }
}

/**
 * One block is held back until the next one, or a good end, is there: gzip tells only at its end whether it is whole,
 * and of a small body that is not, nothing is to be taken.
 */
async function* inflate(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 64 * 1024 });
  const written = writeAll(blocks, gunzip);
  let inflated = 0;
  let held: Buffer | undefined;
  try {
    for await (const block of gunzip as AsyncIterable<Buffer>) {
      if (held !== undefined) yield held;
      held = block;
      inflated += block.length;
      if (inflated > RATIO_FROM_BYTES && inflated > gunzip.bytesWritten * MAX_RATIO) {
        throw new ApiError('PAYLOAD_TOO_LARGE', `the body inflates to more than ${MAX_RATIO} times its size`);
      }
    }
    await written;
    if (held !== undefined) yield held;
  } catch (cause) {
    if (cause instanceof ApiError || !isZlibError(cause)) throw cause;
    throw badGzip(cause);
  } finally {
    // Not waited for: where the reader stops early, the writer may be waiting for bytes that never come.
    gunzip.destroy();
    written.catch(() => undefined);
  }
}

/** Feeds the inflater; an error of the body becomes the inflater's, where the reader meets it. */
async function writeAll(blocks: AsyncIterable<Buffer>, gunzip: Gunzip): Promise<void> {
  try {
    for await (const block of blocks) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(block)) await Promise.race([once(gunzip, 'drain'), once(gunzip, 'close')]);
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error as Error);
  }
}

function isZlibError(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('Z_');
}
