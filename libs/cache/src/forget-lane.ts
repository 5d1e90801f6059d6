import type { Cache } from './connect-cache.js';
import { orUnavailable } from './errors.js';
import { laneKey } from './lane-hash.js';

/**
 * Empties a lane's cache; the next turn begins it anew. For when the log itself was put back (a disaster restore), or
 * a self-check found a difference: nothing else makes what is cached untrue.
 *
 * @throws CacheError UNAVAILABLE
 */
export async function forgetLane(cache: Cache, lane: number): Promise<void> {
  await orUnavailable(cache.redis.unlink(laneKey(lane)));
}
