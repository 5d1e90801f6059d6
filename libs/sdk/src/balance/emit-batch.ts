import type { BatchAnswer, FailedItem, QueuedItem } from '../api-types.js';
import { randomId } from '../http/random-id.js';
import { pauseBefore, sleep } from '../http/retry.js';
import { sendForData, type TransportOptions } from '../http/transport.js';
import { ServiceUnavailableError } from '../errors.js';
import { deltaBody } from './delta-body.js';
import type { BatchOptions, Delta } from './options.js';

/** The service takes 10,000 and 10 MiB in one document. */
const MAX_ITEMS = 10_000;
const MAX_CHARACTERS = 3 * 1024 * 1024;

/** Items that the service had no room for, or that its log did not take: they may be sent again. */
const BUSY_CODES: ReadonlySet<unknown> = new Set(['UNAVAILABLE', 'RATE_LIMITED']);

/** Sends all items, in as many requests as it takes, and those again that only found the service busy. */
export async function emitBatch(
  transport: TransportOptions,
  deltas: readonly Delta[],
  { idempotencyKey = randomId(), signal }: BatchOptions,
): Promise<BatchAnswer> {
  const results: BatchAnswer['results'][number][] = [];
  const items = deltas.map((delta, i) => JSON.stringify(withKey(delta, `${idempotencyKey}:${i}`)));
  let open = items.map((_, i) => i);
  for (let tried = 1; open.length > 0; tried += 1) {
    const busy: number[] = [];
    for (const part of cut(open, items)) {
      const text = `{"deltas":[${part.map((i) => items[i]).join(',')}]}`;
      const answer = await sendForData<BatchAnswer>(transport, {
        method: 'POST',
        path: '/api/v1/balance/delta/batch',
        raw: { text, contentType: 'application/json' },
        signal,
      });
      for (const result of answer.results) {
        const index = part[result.index];
        if (index === undefined) continue;
        results[index] = { ...result, index };
        if (isBusy(result)) busy.push(index);
      }
    }
    open = busy;
    if (open.length === 0) break;
    const error = new ServiceUnavailableError('busy', { code: 'UNAVAILABLE' });
    const pauseMs = pauseBefore(tried, error, transport);
    // What is still busy is answered as FAILED, with its code.
    if (pauseMs === undefined) break;
    await sleep(pauseMs, signal);
  }
  const totalFailed = results.filter(({ status }) => status === 'FAILED').length;
  return { totalQueued: results.length - totalFailed, totalFailed, results };
}

/** Sent again in another request, an item has another place: its key must not depend on that. */
function withKey(delta: Delta, key: string): Record<string, unknown> {
  const body = deltaBody(delta);
  return delta.idempotencyKey === undefined && delta.referenceId === undefined
    ? { ...body, idempotencyKey: key }
    : body;
}

function isBusy(result: QueuedItem | FailedItem): boolean {
  return result.status === 'FAILED' && BUSY_CODES.has(result.error.code);
}

function cut(indexes: readonly number[], items: readonly string[]): number[][] {
  const parts: number[][] = [];
  let part: number[] = [];
  let characters = 0;
  for (const index of indexes) {
    const { length } = items[index] ?? '';
    if (part.length === MAX_ITEMS || (part.length > 0 && characters + length > MAX_CHARACTERS)) {
      parts.push(part);
      part = [];
      characters = 0;
    }
    part.push(index);
    characters += length;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
