import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiError } from '@pacspace/wire';

const inflate = promisify(gunzip);

/** A body that is held whole must have arrived by then: else a client that sends a byte a minute keeps its share. */
const BODY_TIMEOUT_MS = 30_000;

export type Coding = 'identity' | 'gzip';

/** @throws ApiError UNSUPPORTED_MEDIA_TYPE for a coding that is not taken. */
export function codingOf(request: IncomingMessage): Coding {
  const coding = request.headers['content-encoding']?.trim().toLowerCase();
  if (coding === undefined || coding === '' || coding === 'identity') return 'identity';
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip';
  throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'the Content-Encoding is not taken: send gzip or none');
}

/**
 * The whole body, inflated when it was sent as gzip.
 *
 * @param limit bytes, of what is sent and of what comes out of it.
 * @throws ApiError PAYLOAD_TOO_LARGE | VALIDATION_FAILED
 */
export async function readBody(request: IncomingMessage, limit: number, coding: Coding): Promise<Buffer> {
  const sent = await receive(request, limit);
  if (coding === 'identity') return sent;
  try {
    return await inflate(sent, { maxOutputLength: limit });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw badGzip(cause);
  }
}

function receive(request: IncomingMessage, limit: number): Promise<Buffer> {
  const declared = Number(request.headers['content-length'] ?? Infinity);
  if (declared > limit && declared !== Infinity) throw tooLarge(limit);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let length = 0;
    let timer: NodeJS.Timeout | undefined;
    const end = (error?: Error): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onError);
      if (error === undefined) resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts));
      else reject(error);
    };
    const onData = (part: Buffer): void => {
      length += part.length;
      if (length > limit) return end(tooLarge(limit));
      parts.push(part);
      // Most bodies come in one piece, and need no timer.
      if (length < declared) timer ??= setTimeout(onTimeout, BODY_TIMEOUT_MS);
    };
    const onTimeout = (): void => {
      end(new ApiError('VALIDATION_FAILED', `the body did not arrive within ${BODY_TIMEOUT_MS / 1000} s`));
    };
    const onEnd = (): void => end();
    const onError = (cause: Error): void => {
      end(new ApiError('VALIDATION_FAILED', 'the body ended before its time', { cause }));
    };
    request.on('data', onData).on('end', onEnd).on('error', onError);
  });
}

export function tooLarge(limit: number): ApiError {
  return new ApiError('PAYLOAD_TOO_LARGE', `the body is larger than ${limit.toLocaleString('en')} bytes`);
}

export function badGzip(cause: unknown): ApiError {
  return new ApiError('VALIDATION_FAILED', 'the body is not whole, valid gzip', { cause });
}
