export { type Answered, checkAnswer } from './check-answer.js';
export { checkRequest } from './check-request.js';
export { freePort, startTestServers } from '../../../tools/servers/index.mjs';
export { createDatabase, type DatabaseTemplate, type TestDatabase } from './create-database.js';
export { createRedis } from './create-redis.js';
export { startFaultProxy, type FaultProxy } from './fault-proxy.js';
export { sharedServers, type SharedServers } from './shared-servers.js';
export {
  type Ended,
  type ProgramOptions,
  runProgram,
  type RunningProgram,
  startProgram,
} from './run-program.js';
export { spawnApp, type SpawnedApp } from './spawn-app.js';
export { startNats, startPostgres, startRedis, type TestNats, type TestServer } from './test-server.js';
export { VirtualClock } from './virtual-clock.js';
export { waitFor, type WaitForOptions } from './wait-for.js';
export { buildDelta, type DeltaParts } from './build-delta.js';
export { LedgerFiller } from './fill-ledger.js';
export { type GatewayOptions, spawnGateway, type TestAnswer, type TestGateway } from './spawn-gateway.js';
export {
  type Dispute,
  type DisputeOptions,
  FAULTS,
  type Fault,
  type TrueFinding,
} from './disputes/dispute.js';
export { makeDispute } from './disputes/make-dispute.js';
export { byReference, disputeToCsv } from './disputes/feed-dispute.js';
