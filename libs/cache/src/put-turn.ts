import type { Cache } from './connect-cache.js';
import { type CachedBalance, encodeBalance } from './cached-balance.js';
import { orUnavailable } from './errors.js';
import { type CustomerOfLane, customerField, ENVELOPES, laneKey, SEQUENCE, SINCE } from './lane-hash.js';
import { defineScript } from './script.js';

/** What one turn of a lane's fold changed. */
export interface CachedTurn {
  readonly lane: number;
  /** The turn covers the log after this sequence … */
  readonly fromSequence: number;
  /** … up to and including this one. */
  readonly sequence: number;
  /** Envelopes of the lane up to there. */
  readonly envelopes: number;
  /** All customers that the turn changed, with their values after it. */
  readonly customers: readonly (CustomerOfLane & CachedBalance)[];
}

/**
 * written: the lane's balances are as of the turn now.
 * renewed: the cache did not reach up to where the turn begins; it was emptied, and holds this turn's customers only.
 * older: the cache is at the turn's end or past it already; nothing was changed.
 */
export type PutOutcome = 'written' | 'renewed' | 'older';

/**
 * The invariant, on which every reader relies: a balance in the hash is the customer's as of `sequence`, and a customer
 * that changed after `since` has one. Let the cache be at C and the turn cover (F, S].
 *
 *   C ≥ S      nothing to add: a repeated write, an older writer, a reply that was lost and the write tried again
 *   F ≤ C < S  the turn names all that changed in (F, S], hence all that changed in (C, S]; the others are as they
 *              were. C is F as a rule; it is in between when the ledger lost its last commits (createLedgerPool) and the
 *              log is folded again in other turns: the fold being deterministic, both mean the same balances.
 *   C < F      something in (C, F] never came here (Redis was away, or came back from an old copy): begin anew
 *
 * The values are absolute and the script is atomic, so no order of writers, no delay and no repetition breaks it. Out of
 * memory, Redis refuses a script's first write and then lets it finish: never half a turn, and a renewal, which begins
 * by giving memory back, gets through.
 */
const putTurnScript = defineScript(`
local key = KEYS[1]
local from, to = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = tonumber(redis.call('HGET', key, '${SEQUENCE}') or '')
if at and at >= to then return 'older' end
local outcome = 'written'
if not at or at < from then
  outcome = 'renewed'
  redis.call('UNLINK', key)
  redis.call('HSET', key, '${SINCE}', ARGV[1])
end
for i = 4, #ARGV, 1000 do
  redis.call('HSET', key, unpack(ARGV, i, math.min(i + 999, #ARGV)))
end
redis.call('HSET', key, '${SEQUENCE}', ARGV[2], '${ENVELOPES}', ARGV[3])
return outcome
`);

/** Redis takes 1,048,576 arguments a command. A turn is bounded in bytes and stays far below. */
const MAX_CUSTOMERS = 500_000;

/**
 * Brings the cache up to the end of a turn, in one step that other writers and readers see whole or not at all.
 * To be called after the turn is in the ledger.
 *
 * @throws CacheError UNAVAILABLE: it may have been written or not. Go on: the next turn finds out and renews.
 */
export async function putTurn(cache: Cache, turn: CachedTurn): Promise<PutOutcome> {
  if (turn.sequence <= turn.fromSequence || turn.customers.length > MAX_CUSTOMERS) {
    throw new RangeError(
      `not a turn: (${turn.fromSequence}, ${turn.sequence}], ${turn.customers.length} customers`,
    );
  }
  const values: (string | number)[] = [turn.fromSequence, turn.sequence, turn.envelopes];
  for (const customer of turn.customers) values.push(customerField(customer), encodeBalance(customer));
  const outcome = await orUnavailable(putTurnScript(cache.redis, laneKey(turn.lane), values));
  return outcome as PutOutcome;
}
