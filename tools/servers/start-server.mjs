import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isPortFree } from './free-port.mjs';
import { ServerError } from './server-error.mjs';
import { supervise } from './supervise.mjs';

const PORT_TRIES = 3;
const POLL_MS = 20;
const LOG_TAIL_LINES = 25;
/** Postgres writes all its dirty pages first. */
const GRACE_S = 30;

/**
 * A running server of ours.
 * @typedef {object} Server
 * @property {string} name
 * @property {string} url with its user and password: all that a client needs
 * @property {number} port on 127.0.0.1
 * @property {number} pid of the server process itself
 * @property {string} version
 * @property {string} dataDir
 * @property {string} logFile
 * @property {Promise<import('./supervise.mjs').Exit>} exited
 * @property {() => boolean} running
 * @property {() => string} output what it logged since it was started
 * @property {() => Promise<void>} stop in the server's orderly way; resolves when it and all its children are gone
 * @property {() => Promise<void>} kill SIGKILL, as a crash would
 *
 * What every kind of server takes. Start again with the same `dataDir` (and `port`) to get the same data.
 * @typedef {object} StartOptions
 * @property {string} dataDir private to this server, made when it is not there
 * @property {number} [port] default: any free one
 * @property {number} [readyTimeoutMs] default 30,000
 * @property {number} [lockWaitS] how long to wait for an earlier server on the same data that is just ending; default 3
 * @property {(child: import('./supervise.mjs').Supervised) => void} [onSpawn] called before it is ready: whoever may have
 *   to end it by then
 *
 * @typedef {object} Launch
 * @property {string} name
 * @property {string} version
 * @property {(port: number) => string[] | Promise<string[]>} command
 * @property {NodeJS.ProcessEnv} env
 * @property {string} logFile
 * @property {string} lockFile
 * @property {NodeJS.Signals} [stopSignal]
 * @property {(port: number, pid: number) => Promise<boolean>} isReady must be true only of this very process
 * @property {(port: number) => string} url
 */

/**
 * Starts a server on a free port and waits until it serves. A port lost to somebody else between the look and the bind
 * is answered by another one, unless the caller wanted that one.
 * @param {StartOptions} options
 * @param {Launch} launch
 * @returns {Promise<Server>}
 */
export async function startServer(options, launch) {
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new ServerError('PORT_TAKEN', `${launch.name}: port ${options.port} is taken by another program`);
  }
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    try {
      return await startOn(port, options, launch);
    } catch (error) {
      const exited = error instanceof ServerError && error.code === 'EXITED';
      if (!exited || options.port !== undefined || attempt === PORT_TRIES || (await isPortFree(port)))
        throw error;
    }
  }
}

/**
 * @param {number} port
 * @param {StartOptions} options
 * @param {Launch} launch
 * @returns {Promise<Server>}
 */
async function startOn(port, options, launch) {
  const { name, logFile, lockFile, env } = launch;
  const { stopSignal = 'SIGTERM' } = launch;
  const { lockWaitS = 3, readyTimeoutMs = 30_000 } = options;
  const command = await launch.command(port);
  const child = await supervise(command, {
    name,
    logFile,
    lockFile,
    lockWaitS,
    env,
    stopSignal,
    graceS: GRACE_S,
  });
  options.onSpawn?.(child);
  const deadline = Date.now() + readyTimeoutMs;
  while (!(await launch.isReady(port, child.pid))) {
    if (!child.running()) {
      const { code } = await child.exited;
      throw new ServerError(
        'EXITED',
        `${name} ended with code ${code} before it was ready:\n${tail(child.output())}`,
      );
    }
    if (Date.now() > deadline) {
      await child.kill();
      throw new ServerError('NOT_READY', `${name} was not ready in time:\n${tail(child.output())}`);
    }
    await sleep(POLL_MS);
  }
  return {
    name,
    url: launch.url(port),
    port,
    pid: child.pid,
    version: launch.version,
    dataDir: options.dataDir,
    logFile,
    exited: child.exited,
    running: child.running,
    output: child.output,
    stop: async () => void (await child.stop()),
    kill: async () => void (await child.kill()),
  };
}

/** @param {string} text */
export function tail(text) {
  return text.trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
