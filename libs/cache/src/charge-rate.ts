import type { Cache } from './connect-cache.js';
import { orUnavailable } from './errors.js';
import { defineScript } from './script.js';

/**
 * The generic cell rate algorithm (ITU-T I.371): of a key is kept only the time at which all that it has sent will be
 * paid for, by the server's clock; gone when that time is over.
 */
const CHARGE = defineScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local paid_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0')) + tonumber(ARGV[1])
local ahead = paid_at - now
if ahead > 0 then
  redis.call('SET', KEYS[1], string.format('%.3f', paid_at), 'PX', math.ceil(ahead))
end
return string.format('%.3f', ahead)
`);

/**
 * Charges what a key has sent, in ms of its rate, and tells how far ahead of its rate all of it is by now, through
 * whichever gateway it came.
 *
 * @throws CacheError UNAVAILABLE
 */
export async function chargeRate({ redis }: Cache, keyId: string, costMs: number): Promise<number> {
  return Number(await orUnavailable(CHARGE(redis, `rate:${keyId}`, [costMs])));
}
