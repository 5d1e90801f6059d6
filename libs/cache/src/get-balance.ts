import { type CachedBalance, decodeBalance } from './cached-balance.js';
import type { Cache } from './connect-cache.js';
import { orUnavailable } from './errors.js';
import { type CustomerOfLane, customerField, ENVELOPES, laneKey, SEQUENCE, SINCE } from './lane-hash.js';

export interface LanePosition {
  /** Log sequence that the cached balances are as of. */
  readonly sequence: number;
  /** Envelopes of the lane up to there: comparable with the stream's own count. */
  readonly envelopes: number;
}

/** A lane's position, and a customer's balance as of it. */
export interface BalanceAnswer extends LanePosition {
  /** Absent: the cache does not say. It must not be taken for zero; ask the ledger. */
  readonly balance?: CachedBalance;
}

/**
 * One round trip, one state. Undefined when the cache knows nothing of the lane.
 *
 * @throws CacheError UNAVAILABLE | CORRUPT
 */
export async function getBalance(
  cache: Cache,
  of: CustomerOfLane & { readonly lane: number },
): Promise<BalanceAnswer | undefined> {
  const [sequence, envelopes, text] = await orUnavailable(
    cache.redis.hmget(laneKey(of.lane), SEQUENCE, ENVELOPES, customerField(of)),
  );
  const position = toPosition(sequence, envelopes);
  if (position === undefined || text === undefined || text === null) return position;
  return { ...position, balance: decodeBalance(text) };
}

/**
 * A lane's position, and since when every changed customer is in the cache. Undefined when it knows nothing of the lane.
 *
 * @throws CacheError UNAVAILABLE
 */
export async function getLane(
  cache: Cache,
  lane: number,
): Promise<(LanePosition & { readonly since: number }) | undefined> {
  const [sequence, envelopes, since] = await orUnavailable(
    cache.redis.hmget(laneKey(lane), SEQUENCE, ENVELOPES, SINCE),
  );
  const position = toPosition(sequence, envelopes);
  return position === undefined ? undefined : { ...position, since: Number(since) };
}

function toPosition(sequence?: string | null, envelopes?: string | null): LanePosition | undefined {
  if (typeof sequence !== 'string' || typeof envelopes !== 'string') return undefined;
  return { sequence: Number(sequence), envelopes: Number(envelopes) };
}
