import { isJsonObject } from '@pacspace/domain';
import { ApiError, parseJsonExactly } from '@pacspace/wire';
import type { FastifyRequest } from 'fastify';
import { describe } from '../http/parse-json-body.js';
import { codingOf } from '../http/read-body.js';
import { type Line, readLines } from '../http/read-lines.js';
import { MAX_JSON_ITEMS } from './batch-limits.js';
import type { Item } from './intake.js';
import { readCloudEvent } from './read-cloud-event.js';
import { readItem } from './read-item.js';

/** Most items in one piece of a batch: a piece is worked on in one go, 2 ms of the event loop. */
const PIECE_ITEMS = 250;

/** What a batch is made of: pieces of raw items, which are the consumer's to empty, and how to read one of them. */
export interface BatchSource<T = unknown> {
  readonly pieces: AsyncIterable<T[]>;
  /** How many items there are; undefined: it is not known before they have come. */
  readonly count: number | undefined;
  readonly read: (raw: T, index: number, nowMs: number) => Item | ApiError;
}

/**
 * The batch in a request's body: `{"deltas": […]}`, CloudEvents' batch format, or NDJSON.
 *
 * @param batchKey the request's own idempotency key: it keys, with their place, the items that have none.
 * @throws ApiError VALIDATION_FAILED for a document of another shape.
 */
export function openBatch(request: FastifyRequest, batchKey: string | undefined): BatchSource {
  const keyOf = (index: number): string | undefined =>
    batchKey === undefined ? undefined : `${batchKey}\n${index}`;
  switch (mediaTypeOf(request)) {
    case 'application/x-ndjson':
      return {
        pieces: readLines(request.raw, codingOf(request.raw), PIECE_ITEMS),
        count: undefined,
        read: (line, index, nowMs) => readLine(line as Line, nowMs, keyOf(index)),
      };
    case 'application/cloudevents-batch+json': {
      const events = checkItems(request.body, 'the body must be an array of CloudEvents');
      const count = events.length;
      return {
        pieces: inPieces(events),
        count,
        read: (event, _index, nowMs) => readCloudEvent(event, nowMs),
      };
    }
    default: {
      const deltas = isJsonObject(request.body) ? request.body['deltas'] : undefined;
      const items = checkItems(deltas, 'must be an array of deltas', 'deltas');
      const count = items.length;
      return {
        pieces: inPieces(items),
        count,
        read: (item, index, nowMs) => readItem(item, nowMs, keyOf(index)),
      };
    }
  }
}

function readLine(line: Line, nowMs: number, batchKey: string | undefined): Item | ApiError {
  if (line instanceof ApiError) return line;
  let value: unknown;
  try {
    value = parseJsonExactly(line);
  } catch (cause) {
    return new ApiError('VALIDATION_FAILED', `the line is not JSON: ${describe(cause)}`, { cause });
  }
  return readItem(value, nowMs, batchKey);
}

function checkItems(value: unknown, message: string, path = ''): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidBatch(path, message);
  if (value.length === 0) throw invalidBatch(path, 'must not be empty');
  if (value.length > MAX_JSON_ITEMS) {
    const most = MAX_JSON_ITEMS.toLocaleString('en');
    throw invalidBatch(path, `must have at most ${most} items, or be sent as application/x-ndjson`);
  }
  return value;
}

function invalidBatch(path: string, message: string): ApiError {
  const text = path === '' ? message : `${path} ${message}`;
  return new ApiError('VALIDATION_FAILED', text, { fields: [{ path, message }] });
}

// eslint-disable-next-line @typescript-eslint/require-await -- the same shape as lines that arrive over time
async function* inPieces<T>(items: readonly T[]): AsyncGenerator<T[]> {
  for (let from = 0; from < items.length; from += PIECE_ITEMS) yield items.slice(from, from + PIECE_ITEMS);
}

function mediaTypeOf(request: FastifyRequest): string {
  return (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}
