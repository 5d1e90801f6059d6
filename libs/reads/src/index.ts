export { GroupedLookup, type GroupedLookupOptions } from './grouped-lookup.js';
export {
  type Consistency,
  type ConsistencyOptions,
  ConsistentReads,
  type Positioned,
  type PositionedRead,
  type Standing,
} from './consistency.js';
export { LaneProgress, type LaneProgressOptions, type Need } from './lane-progress.js';
export { describeScope, resolveScope } from './resolve-scope.js';
export { formatFoundEntry, formatFoundRow } from './format-found.js';
