export { freePort, startTestServers } from '../../../tools/servers/index.mjs';
export { createDatabase, type DatabaseTemplate, type TestDatabase } from './create-database.js';
export { createRedis } from './create-redis.js';
export { startFaultProxy, type FaultProxy } from './fault-proxy.js';
export { sharedServers, type SharedServers } from './shared-servers.js';
export { spawnApp, type SpawnedApp } from './spawn-app.js';
export { startNats, startPostgres, startRedis, type TestNats, type TestServer } from './test-server.js';
export { VirtualClock } from './virtual-clock.js';
export { waitFor, type WaitForOptions } from './wait-for.js';
