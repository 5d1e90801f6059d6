import type { Rate, RateStanding } from './key-rate.js';

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers: the quota (`q`) is the burst, its window (`w`) the time in which a
 * burst is earned again; `r` is what may be sent at once now, `t` the seconds until that is the whole quota. Counted
 * in deltas, hence the policy's name.
 */
export function rateFields(rate: Rate, { remaining, fullInMs }: RateStanding): [string, string][] {
  const windowSeconds = Math.max(1, Math.ceil(rate.burst / rate.perSecond));
  return [
    ['ratelimit-policy', `"deltas";q=${rate.burst};w=${windowSeconds}`],
    ['ratelimit', `"deltas";r=${remaining};t=${Math.ceil(fullInMs / 1_000)}`],
  ];
}
