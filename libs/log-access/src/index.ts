export { type LogConfig, logVariables } from './log-variables.js';
export { openLog } from './open-log.js';
export { type Telling, tellFacts } from './tell-facts.js';
