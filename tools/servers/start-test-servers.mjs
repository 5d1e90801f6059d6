import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from './postgres.mjs';
import { provideBinaries } from './provide-binaries.mjs';
import { startRedis } from './redis.mjs';

const PREFIX = 'pacspace-test-';

/**
 * What a whole test run shares. A test takes a data base of its own from it; NATS is not in it, because a server of
 * its own for each test file costs 0.1 s and nothing has to be shared.
 * @typedef {object} TestServers
 * @property {string} databaseUrl of the superuser: for making data bases
 * @property {string} redisUrl
 * @property {import('./provide-binaries.mjs').Binaries} binaries
 * @property {string} runDir for data of servers that tests start; removed at the end
 */

/**
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ servers: TestServers, stop: () => Promise<void> }>}
 */
export async function startTestServers({ log } = {}) {
  removeOldRuns();
  const binaries = await provideBinaries(log ? { log } : {});
  const runDir = mkdtempSync(join(tmpdir(), `${PREFIX}${String(process.pid)}-`));
  chmodSync(runDir, 0o711); // Postgres runs as another user when we are root
  const started = await Promise.allSettled([
    // Nobody needs this cluster after a power cut, and every test file makes data bases in it.
    startPostgres({ binary: binaries.postgres, dataDir: join(runDir, 'postgres'), fsync: false }),
    startRedis({ binary: binaries.redis, dataDir: join(runDir, 'redis'), maxMemoryMb: 256 }),
  ]);
  const stop = async () => {
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    rmSync(runDir, { recursive: true, force: true });
  };
  const [postgres, redis] = started;
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw started.find((one) => one.status === 'rejected')?.reason;
  }
  return { servers: { databaseUrl: postgres.value.url, redisUrl: redis.value.url, binaries, runDir }, stop };
}

/** A run that was killed could not remove its folder. */
function removeOldRuns() {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid && !isAlive(Number(pid))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
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
