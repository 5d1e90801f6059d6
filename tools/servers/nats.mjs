import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { credential, USER } from './credential.mjs';
import { freePort } from './free-port.mjs';
import { probe } from './probe.mjs';
import { startServer } from './start-server.mjs';

/**
 * @typedef {import('./start-server.mjs').StartOptions & {
 *   binary: import('./provide-binaries.mjs').NatsBinary,
 *   monitorPort?: number,
 *   maxStoreBytes?: number,
 * }} NatsOptions
 *
 * @typedef {import('./start-server.mjs').Server & { monitorPort: number, monitorUrl: string }} NatsServer
 */

/**
 * A nats-server with JetStream. Where the server can (2.10), an acknowledged message is on disk.
 * @param {NatsOptions} options `maxStoreBytes`: the cap of all streams together, default 64 GiB. `monitorPort`: of the
 *   monitoring endpoint, the only place where the server says whether it syncs; default: any free one
 * @returns {Promise<NatsServer>}
 */
export async function startNats(options) {
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
  let monitorPort = options.monitorPort ?? 0;
  const server = await startServer(options, {
    name: 'nats-server',
    version: binary.version,
    command: async (port) => {
      monitorPort = options.monitorPort ?? (await freePort());
      return [binary.path, '--config', config, '--port', String(port), '--http_port', String(monitorPort)];
    },
    env: { ...process.env, ...binary.env },
    logFile: join(dataDir, 'nats.log'),
    lockFile: join(dataDir, 'lock'),
    isReady: (port) => probe(port, `CONNECT ${connect}\r\nPING\r\n`, /"jetstream":true[^]*PONG\r\n/),
    url: (port) => `nats://${USER}:${password}@127.0.0.1:${port}`,
  });
  return { ...server, monitorPort, monitorUrl: `http://127.0.0.1:${monitorPort}` };
}
