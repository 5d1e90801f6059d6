export { LogError, type LogErrorCode } from './errors.js';
export { type LogConnectionOptions, connectLog, describeServers } from './connect.js';
export { DUPLICATE_WINDOW_MS, type DeltaLog, type DeltaLogOptions, openDeltaLog } from './delta-log.js';
export { type Durability } from './durability.js';
export { type EnvelopeToPublish, publishEnvelope } from './publish.js';
export { LaneReader, type LoggedMessage, type LogTurn } from './lane-reader.js';
export { countEnvelopes } from './lane-counts.js';
export { type DeadLetter, publishDeadLetter } from './dead-letter.js';
export { lastToldSequence, publishEvents, readEnvelopeAt } from './lane-events.js';
