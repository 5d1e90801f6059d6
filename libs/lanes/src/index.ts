export { LaneHealth } from './lane-health.js';
export { type LaneActivity, LaneShare, type LaneShareOptions } from './lane-share.js';
