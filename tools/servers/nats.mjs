import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { credential, USER } from './credential.mjs';
import { probe } from './probe.mjs';
import { startServer } from './start-server.mjs';

/**
 * @typedef {import('./start-server.mjs').StartOptions & {
 *   binary: import('./provide-binaries.mjs').NatsBinary,
 *   maxStoreBytes?: number,
 * }} NatsOptions
 */

/**
 * A nats-server with JetStream. Where the server can (2.10), an acknowledged message is on disk.
 * @param {NatsOptions} options `maxStoreBytes`: the cap of all streams together, default 64 GiB
 */
export function startNats(options) {
  const { binary, maxStoreBytes = 64 * 2 ** 30 } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const password = credential(join(dataDir, 'password'));
  const config = join(dataDir, 'nats.conf');
  writeFileSync(
    config,
    `host: "127.0.0.1"
max_payload: 8MB
# Twice the payload and more: a client that reads slowly is not cut off within a few messages.
max_pending: 64MB
authorization { user: ${USER}, password: ${JSON.stringify(password)} }
jetstream {
  store_dir: ${JSON.stringify(join(dataDir, 'data'))}
  max_memory_store: 256MB
  max_file_store: ${String(maxStoreBytes)}
  ${binary.syncsAlways ? 'sync_interval: always' : '# this version knows no sync_interval: acknowledged means buffered'}
}
`,
    { mode: 0o600 },
  );
  const connect = JSON.stringify({ user: USER, pass: password, verbose: false });
  return startServer(options, {
    name: 'nats-server',
    version: binary.version,
    command: (port) => [binary.path, '--config', config, '--port', String(port)],
    env: { ...process.env, ...binary.env },
    logFile: join(dataDir, 'nats.log'),
    lockFile: join(dataDir, 'lock'),
    isReady: (port) => probe(port, `CONNECT ${connect}\r\nPING\r\n`, /"jetstream":true[^]*PONG\r\n/),
    url: (port) => `nats://${USER}:${password}@127.0.0.1:${port}`,
  });
}
