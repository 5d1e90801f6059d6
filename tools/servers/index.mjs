/** The real servers that `npm start` and the tests run on: found or fetched, private, gone when their starter is. */
export { credential } from './credential.mjs';
export { freePort, isPortFree } from './free-port.mjs';
export { holdLock } from './hold-lock.mjs';
export { descendantsOf } from './process-tree.mjs';
export { runCommand } from './run-command.mjs';
export { builtScript, projectNode, startApp } from './start-app.mjs';
export { startNats } from './nats.mjs';
export { startPostgres } from './postgres.mjs';
export {
  provideBinaries,
  provideNats,
  providePostgres,
  providePostgresClients,
  provideRedis,
} from './provide-binaries.mjs';
export { startRedis } from './redis.mjs';
export { startTestServers } from './start-test-servers.mjs';
export { tail } from './start-server.mjs';
export { ServerError } from './server-error.mjs';
export { supervise } from './supervise.mjs';
