export { CacheError, type CacheErrorCode } from './errors.js';
export {
  type Cache,
  type CacheOptions,
  closeCache,
  connectCache,
  isCacheReady,
  pingCache,
} from './connect-cache.js';
export { type CachedBalance } from './cached-balance.js';
export { type CustomerOfLane } from './lane-hash.js';
export { type CachedTurn, type PutOutcome, putTurn } from './put-turn.js';
export { type BalanceAnswer, type LanePosition, getBalance, getLane } from './get-balance.js';
export { forgetLane } from './forget-lane.js';
export { type LaneComparison, type LaneDifference, type LedgerLane, compareLane } from './compare-lane.js';
export { chargeRate } from './charge-rate.js';
