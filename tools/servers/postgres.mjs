import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { credential, USER } from './credential.mjs';
import { holdLock } from './hold-lock.mjs';
import { ServerError } from './server-error.mjs';
import { serverUser } from './server-user.mjs';
import { startServer } from './start-server.mjs';

const DATABASE = 'pacspace';
const SETUP_WAIT_S = 60;

/**
 * @typedef {import('./start-server.mjs').StartOptions & {
 *   binary: import('./provide-binaries.mjs').PostgresBinary,
 *   sharedBuffersMb?: number,
 *   fsync?: boolean,
 *   settings?: Record<string, string>,
 * }} PostgresOptions
 */

/**
 * A PostgreSQL cluster with one superuser (scram, over loopback TCP only) and one data base.
 * @param {PostgresOptions} options `sharedBuffersMb`: default 64. `fsync: false` only where a test may lose its data.
 *   `settings`: more server parameters, as `postgres -c` takes them
 */
export async function startPostgres(options) {
  const { binary } = options;
  const dataDir = resolve(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o755 });
  chmodSync(dataDir, 0o755); // the server's user must pass; what matters lies in files of mode 600 and folders of 700
  const password = credential(join(dataDir, 'password'));
  const cluster = join(dataDir, 'data');
  const user = serverUser(cluster, [join(binary.binDir, 'postgres')]);
  if (!existsSync(cluster)) {
    const release = await holdLock(join(dataDir, 'setup.lock'), SETUP_WAIT_S);
    if (!release) throw new ServerError('IN_USE', `postgres: ${dataDir} is being set up by another process`);
    try {
      if (!existsSync(cluster)) initialise(cluster, password, binary, user);
    } finally {
      await release();
    }
  }
  const made = clusterMajor(dataDir);
  if (made !== binary.version.split('.')[0]) {
    throw new ServerError(
      'SETUP_FAILED',
      `${cluster} was made by PostgreSQL ${made}, and ${binary.binDir} is ${binary.version}: put PostgreSQL ${made} back ` +
        'and take a dump, or set DATA_DIR to start without these data',
    );
  }

  const command = [join(binary.binDir, 'postgres'), '-D', cluster, ...parameters(options)];
  return startServer(options, {
    name: 'postgres',
    version: binary.version,
    command: (port) => {
      const server = [...command, '-p', String(port)];
      // Run with our lock held, which every process of the cluster shares: a pid file found now is one that a crash
      // left, and its number may by now be that of an innocent process, at which Postgres would refuse to start.
      const rmThenExec = ['/bin/sh', '-c', 'rm -f "$0" && exec "$@"', join(cluster, 'postmaster.pid')];
      return [...rmThenExec, ...(user ? user.run(server) : server)];
    },
    env: { ...process.env, ...binary.env },
    logFile: join(dataDir, 'postgres.log'),
    lockFile: join(dataDir, 'lock'),
    // "fast": ends sessions, writes a checkpoint, leaves. "Immediate", where nobody needs the data: without the checkpoint.
    stopSignal: options.fsync === false ? 'SIGQUIT' : 'SIGINT',
    isReady: async (port, pid) => isReady(cluster, port, pid),
    url: (port) => `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`,
  });
}

/** @param {PostgresOptions} options */
function parameters({ binary, sharedBuffersMb = 64, fsync = true, settings = {} }) {
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: `${String(sharedBuffersMb)}MB`,
    max_connections: '100',
    max_wal_size: '4GB',
    wal_compression: binary.lz4 ? 'lz4' : 'on',
    jit: 'off', // our queries are short; compiling them costs more than it gives
    fsync: fsync ? 'on' : 'off',
    log_min_messages: 'warning',
    log_line_prefix: '%m [%p] %d ',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * Makes the cluster beside its place and moves it there when it is complete: a start that is broken off half-way is
 * simply done again.
 * @param {string} cluster
 * @param {string} password
 * @param {import('./provide-binaries.mjs').PostgresBinary} binary
 * @param {import('./server-user.mjs').ServerUser | undefined} user
 */
function initialise(cluster, password, binary, user) {
  const draft = `${cluster}.draft`;
  const passwordFile = `${cluster}.password`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (user) {
    chownSync(draft, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  /** @param {string[]} command @param {string} [input] */
  const run = (command, input = '') => {
    const [program = '', ...args] = user ? user.run(command) : command;
    const result = spawnSync(program, args, {
      input,
      encoding: 'utf8',
      env: { ...process.env, ...binary.env },
    });
    if (result.status !== 0) {
      const said = `${result.stdout}${result.stderr}`.trim();
      throw new ServerError('SETUP_FAILED', `${command[0] ?? ''} failed:\n${said}`, result.error);
    }
  };
  const initdb = join(binary.binDir, 'initdb');
  const how = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--no-sync', '--no-instructions'];
  run([initdb, '-D', draft, '-U', USER, `--pwfile=${passwordFile}`, ...how]);
  // No client program comes with the packaged binaries; single-user mode needs none.
  const single = [
    join(binary.binDir, 'postgres'),
    '--single',
    '-D',
    draft,
    '-c',
    'log_checkpoints=off',
    'postgres',
  ];
  run(single, `CREATE DATABASE ${DATABASE};\n`);
  rmSync(passwordFile);
  renameSync(draft, cluster);
}

/**
 * @param {string} dataDir as for startPostgres
 * @returns {string | undefined} the major version that made its cluster; undefined when there is none
 */
export function clusterMajor(dataDir) {
  const file = join(dataDir, 'data/PG_VERSION');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

/**
 * Reads what the postmaster says of itself (the file that pg_ctl reads): pid in line 1, port in 4, state in 8.
 * @param {string} cluster
 * @param {number} port
 * @param {number} pid
 */
function isReady(cluster, port, pid) {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    return Number(lines[0]) === pid && Number(lines[3]) === port && lines[7]?.trim() === 'ready';
  } catch {
    return false; // not written yet, or just being replaced
  }
}
