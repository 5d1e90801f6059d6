import { join } from 'node:path';
import {
  provideNats,
  providePostgres,
  provideRedis,
  startNats,
  startPostgres,
  startRedis,
} from '../servers/index.mjs';

/** After `kill -9` the servers of the last start may still be writing their last checkpoint. */
const LOCK_WAIT_S = 30;

/** @typedef {Record<string, string>} ServerUrls the apps' variables: NATS_URL, NATS_MONITOR_URL, REDIS_URL, DATABASE_URL */

/**
 * Starts the servers that the environment names none of, each with its data below `dataDir`.
 * @param {{ dataDir: string, household: import('./household.mjs').Household, log: (line: string) => void }} options
 * @returns {Promise<ServerUrls>}
 */
export async function startServers({ dataDir, household, log }) {
  /** @param {string} kind */
  const common = (kind) => ({
    dataDir: join(dataDir, kind),
    lockWaitS: LOCK_WAIT_S,
    onSpawn: (/** @type {import('../servers/supervise.mjs').Supervised} */ child) =>
      household.add('server', child),
  });
  /** @param {{ version: string, origin: string }} binary @param {string} kind */
  const announce = ({ version, origin }, kind) => log(`starting ${kind} ${version} (${origin})`);

  async function nats() {
    if (process.env['NATS_URL']) return given('NATS_URL', 'NATS_MONITOR_URL');
    const binary = await provideNats({ log });
    announce(binary, 'nats-server');
    const server = await startNats({ binary, ...common('nats') });
    household.watch(server);
    return { NATS_URL: server.url, NATS_MONITOR_URL: server.monitorUrl };
  }

  async function redis() {
    if (process.env['REDIS_URL']) return given('REDIS_URL');
    const binary = await provideRedis({ log });
    announce(binary, 'redis-server');
    const server = await startRedis({ binary, ...common('redis') });
    household.watch(server);
    return { REDIS_URL: server.url };
  }

  async function postgres() {
    if (process.env['DATABASE_URL']) return given('DATABASE_URL');
    const binary = providePostgres({ log, dataDir: join(dataDir, 'postgres') });
    announce(binary, 'postgres');
    const server = await startPostgres({ binary, sharedBuffersMb: 512, ...common('postgres') });
    household.watch(server);
    return { DATABASE_URL: server.url };
  }

  return Object.assign({}, ...(await Promise.all([nats(), redis(), postgres()])));
}

/** @param {string[]} names */
function given(...names) {
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
