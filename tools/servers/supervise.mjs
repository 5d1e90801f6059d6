import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killTree } from './process-tree.mjs';
import { ServerError } from './server-error.mjs';

const script = fileURLToPath(new URL('supervise.sh', import.meta.url));
const MAX_LOG_BYTES = 16 * 1024 * 1024;

/**
 * @typedef {object} SuperviseOptions
 * @property {string} name what messages call it
 * @property {string} logFile gets stdout and stderr, appended; one older log is kept beside it as `.1`
 * @property {NodeJS.ProcessEnv} [env] the whole environment of the command; default: this process's
 * @property {string} [cwd]
 * @property {string} [lockFile] held as long as the command, or any process that it starts, lives
 * @property {number} [lockWaitS] how long to wait for a lock that is held; default 0
 * @property {NodeJS.Signals} [stopSignal] default SIGTERM
 * @property {number} [graceS] from the stop signal to SIGKILL; default 15
 *
 * @typedef {object} Exit
 * @property {number} code 128 + n for signal n
 *
 * @typedef {object} Supervised
 * @property {string} name
 * @property {number} pid the command's own process id
 * @property {string} logFile
 * @property {Promise<Exit>} exited
 * @property {() => boolean} running
 * @property {() => string} output what it wrote to its log since it was started
 * @property {() => Promise<Exit>} stop asks it to end; SIGKILL after the grace time
 * @property {() => Promise<Exit>} kill SIGKILL to it and all its descendants at once
 */

/**
 * Starts a command in a session of its own (a terminal's Ctrl-C reaches only us, so we choose the order in which things
 * end) that ends when this process does, however it ends.
 * @param {string[]} command program and arguments
 * @param {SuperviseOptions} options
 * @returns {Promise<Supervised>}
 * @throws {ServerError} IN_USE | EXITED
 */
export async function supervise(command, options) {
  const { name, logFile, lockFile = '', lockWaitS = 0, stopSignal = 'SIGTERM', graceS = 15 } = options;
  const log = openLog(logFile);
  const args = [
    script,
    lockFile,
    String(lockWaitS),
    stopSignal.replace(/^SIG/, ''),
    String(graceS),
    ...command,
  ];
  const child = spawn('/bin/sh', args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    stdio: ['pipe', log.fd, log.fd, 'pipe'],
  });
  closeSync(log.fd);

  let running = true;
  /** @type {Promise<Exit>} */
  const exited = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      running = false;
      child.stdin?.destroy();
      resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143) });
    });
  });
  exited.catch(() => undefined); // whoever waits for it hears of it; nobody has to
  child.stdin?.on('error', () => undefined); // EPIPE: it ended first

  const output = () => readFileSync(logFile).subarray(log.start).toString();
  const report = await firstLine(/** @type {import('node:stream').Readable} */ (child.stdio[3]));
  if (report === 'locked') {
    await exited;
    throw new ServerError('IN_USE', `${name}: ${dirname(lockFile)} is in use by another process`);
  }
  const pid = Number(/^pid (\d+)$/.exec(report)?.[1]);
  if (!pid) {
    await exited;
    throw new ServerError('EXITED', `${name} could not be started:\n${output()}`);
  }
  return {
    name,
    pid,
    logFile,
    exited,
    running: () => running,
    output,
    stop: () => {
      child.stdin?.end();
      return exited;
    },
    kill: () => {
      if (running) killTree(pid);
      return exited;
    },
  };
}

/** @param {string} file */
function openLog(file) {
  mkdirSync(dirname(file), { recursive: true });
  let start = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (start > MAX_LOG_BYTES) {
    renameSync(file, `${file}.1`);
    start = 0;
  }
  return { fd: openSync(file, 'a', 0o600), start };
}

/**
 * @param {import('node:stream').Readable} stream
 * @returns {Promise<string>} '' when it ends without one
 */
function firstLine(stream) {
  return new Promise((resolve) => {
    const lines = createInterface({ input: stream });
    lines.once('line', resolve);
    lines.once('close', () => resolve(''));
  });
}
