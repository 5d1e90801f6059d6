export { type LogConfig, logVariables } from './log-variables.js';
export { openLog } from './open-log.js';
export { type Facts, tellFacts } from './tell-facts.js';
