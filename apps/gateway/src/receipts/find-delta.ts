import { type FoundOutcome, loadLanes, readRecord } from '@pacspace/ledger';
import { ApiError, type EnvelopeDelta } from '@pacspace/wire';
import type { Reads } from '../reads/reads.js';
import { searchTail } from '../reads/records/search-tail.js';

export type FoundDelta =
  Extract<FoundOutcome, { kind: 'recorded' }> | { readonly kind: 'accepted'; readonly delta: EnvelopeDelta };

/**
 * A delta by its key, wherever it has come to: in the ledger, or still on its way there. Waits for the projector,
 * bounded, before it looks through what the log holds beyond.
 *
 * @throws ApiError NOT_FOUND for what is not there, was rejected, or is another environment's; UNAVAILABLE.
 */
export async function findDelta(reads: Reads, environmentId: string, recordKey: string): Promise<FoundDelta> {
  const known = await readRecord(reads.pool, recordKey);
  if (known !== undefined) return checkOwn(known, environmentId);
  const { value, position } = await reads.ofAllLanes('strong', () => readRecord(reads.pool, recordKey));
  if (value !== undefined) return checkOwn(value, environmentId);
  if (position.consistent) throw notFound();
  const { waiting, complete } = await searchTail(reads.log, recordKey, await loadLanes(reads.pool));
  if (waiting !== undefined) {
    if (waiting.delta.environmentId !== environmentId) throw notFound();
    return { kind: 'accepted', delta: waiting.delta };
  }
  if (complete) throw notFound();
  const message = 'the ledger is far behind the log, and the delta may be in what it has not seen yet';
  throw new ApiError('UNAVAILABLE', message, { retryAfterSeconds: 1 });
}

function checkOwn(found: FoundOutcome, environmentId: string): FoundDelta {
  if (found.environmentId !== environmentId) throw notFound();
  if (found.kind === 'recorded') return found;
  throw new ApiError('NOT_FOUND', 'the delta was refused, so there is no receipt; GET /delta says why');
}

function notFound(): ApiError {
  return new ApiError('NOT_FOUND', 'there is no such receipt');
}
