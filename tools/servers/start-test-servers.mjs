import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.mjs';
import { provideBinaries } from './provide-binaries.mjs';
import { startRedis } from './redis.mjs';

const PREFIX = 'pacspace-test-';
/** Again, while the servers of a run that was killed are still ending. */
const REMOVE = { recursive: true, force: true, maxRetries: 50, retryDelay: 100 };
const MEMORY_DIR = '/dev/shm';
/** More than all that the servers of a run write. */
const ENOUGH_BYTES = 4 * 2 ** 30;

/**
 * What a whole test run shares. A test takes a data base of its own from it; NATS is not in it, because a server of
 * its own for each test file costs 0.1 s and nothing has to be shared.
 * @typedef {object} TestServers
 * @property {string} databaseUrl of the superuser: for making data bases
 * @property {string} redisUrl
 * @property {import('./provide-binaries.mjs').Binaries} binaries
 * @property {string} runDir for whatever tests write; removed at the end
 * @property {string} dataDir the same, for data of servers that wait for the disk: in memory where there is enough of it
 */

/**
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ servers: TestServers, stop: () => Promise<void> }>}
 */
export async function startTestServers({ log } = {}) {
  removeOldRuns();
  const binaries = await provideBinaries(log ? { log } : {});
  const runDir = makeDir(tmpdir());
  const dataDir = hasMemory() ? makeDir(MEMORY_DIR) : runDir;
  const started = await Promise.allSettled([
    // Nobody needs this cluster after a power cut, and every test file makes data bases in it.
    startPostgres({
      binary: binaries.postgres,
      dataDir: join(runDir, 'postgres'),
      fsync: false,
      settings: { full_page_writes: 'off', wal_level: 'minimal', max_wal_senders: '0' },
    }),
    startRedis({ binary: binaries.redis, dataDir: join(runDir, 'redis'), maxMemoryMb: 256 }),
  ]);
  const stop = async () => {
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    for (const dir of [runDir, dataDir]) rmSync(dir, REMOVE);
  };
  const [postgres, redis] = started;
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw started.find((one) => one.status === 'rejected')?.reason;
  }
  const urls = { databaseUrl: postgres.value.url, redisUrl: redis.value.url };
  return { servers: { ...urls, binaries, runDir, dataDir }, stop };
}

/** @param {string} parent */
function makeDir(parent) {
  const dir = mkdtempSync(join(parent, `${PREFIX}${String(process.pid)}-`));
  chmodSync(dir, 0o711); // Postgres runs as another user when we are root
  return dir;
}

/** A log that syncs each message would have a run wait for the disk for minutes. */
function hasMemory() {
  if (!existsSync(MEMORY_DIR)) return false;
  const { bavail, bsize } = statfsSync(MEMORY_DIR);
  return Math.min(bavail * bsize, process.availableMemory() / 2) >= ENOUGH_BYTES;
}

/** A run that was killed could not remove its folder. */
function removeOldRuns() {
  for (const dir of [tmpdir(), MEMORY_DIR].filter((one) => existsSync(one))) {
    for (const name of readdirSync(dir)) {
      const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
      if (pid && !isAlive(Number(pid))) rmSync(join(dir, name), REMOVE);
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
