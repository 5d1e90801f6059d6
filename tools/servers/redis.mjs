import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { credential } from './credential.mjs';
import { probe } from './probe.mjs';
import { startServer } from './start-server.mjs';

/**
 * @typedef {import('./start-server.mjs').StartOptions & {
 *   binary: import('./provide-binaries.mjs').Binary,
 *   maxMemoryMb?: number,
 * }} RedisOptions
 */

/**
 * A redis-server that writes nothing to disk: it holds derived state only. When it is full it refuses writes rather
 * than dropping what readers believe to be there.
 * @param {RedisOptions} options `maxMemoryMb`: default 512
 */
export function startRedis(options) {
  const { binary, maxMemoryMb = 512 } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const password = credential(join(dataDir, 'password'));
  const config = join(dataDir, 'redis.conf');
  writeFileSync(
    config,
    `bind 127.0.0.1
dir ${JSON.stringify(dataDir)}
requirepass ${password}
save ""
appendonly no
maxmemory ${String(maxMemoryMb)}mb
maxmemory-policy noeviction
databases 1024
`,
    { mode: 0o600 },
  );
  return startServer(options, {
    name: 'redis-server',
    version: binary.version,
    command: (port) => [binary.path, config, '--port', String(port)],
    env: { ...process.env, ...binary.env },
    logFile: join(dataDir, 'redis.log'),
    lockFile: join(dataDir, 'lock'),
    isReady: (port) => probe(port, `AUTH ${password}\r\nPING\r\n`, /^\+OK\r\n\+PONG\r\n/),
    url: (port) => `redis://:${password}@127.0.0.1:${port}/0`,
  });
}
