export { LaneHealth } from './lane-health.js';
export { LaneServer, type LaneServerOptions } from './lane-server.js';
export { type LaneActivity } from './lane-share.js';
export { PassErrorsOn } from './pass-errors-on.js';
