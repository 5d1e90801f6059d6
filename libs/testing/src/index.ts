export { freePort, startTestServers } from '../../../tools/servers/index.mjs';
export { createDatabase, type DatabaseTemplate, type TestDatabase } from './create-database.js';
export { createRedis } from './create-redis.js';
export { sharedServers, type SharedServers } from './shared-servers.js';
export { startNats, startPostgres, startRedis, type TestNats, type TestServer } from './test-server.js';
export { waitFor, type WaitForOptions } from './wait-for.js';
