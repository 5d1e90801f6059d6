import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.mjs';
import { ServerError } from './server-error.mjs';
import { tail } from './start-server.mjs';
import { supervise } from './supervise.mjs';

const repoDir = join(import.meta.dirname, '../..');
/** A fifth of what an app computes until it is ready is compiling, unless it finds that done. */
const compileCacheDir = join(repoDir, 'node_modules/.cache/node');
const POLL_MS = 50;
const ANSWER_TIMEOUT_MS = 2_000;
/** An app's own budget for draining is 25 s; then it is cut off. */
const DRAIN_GRACE_S = 30;

/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} baseUrl
 * @property {string} operationsUrl where it serves health and metrics; for an app without HTTP of its own the same
 * @property {number} port of its HTTP side
 * @property {number} pid
 * @property {string} logFile
 * @property {Promise<import('./supervise.mjs').Exit>} exited
 * @property {() => boolean} running
 * @property {() => string} output what it logged since it was started
 * @property {() => Promise<import('./supervise.mjs').Exit>} stop SIGTERM: it drains
 * @property {() => Promise<import('./supervise.mjs').Exit>} kill
 */

/** These serve HTTP of their own, beside the operations listener that every app has. */
const SERVE_HTTP = new Set(['gateway', 'console']);

/**
 * Starts an app's bundle, as it is deployed, on this project's Node, and waits until it says that it is ready.
 * @param {{
 *   name: string,
 *   env: NodeJS.ProcessEnv,
 *   logFile: string,
 *   port?: number,
 *   readyTimeoutMs?: number,
 *   onSpawn?: (child: import('./supervise.mjs').Supervised) => void,
 * }} options `env`: its configuration; of our own environment it sees no more than PATH, HOME and
 *   the like. `port`: default any free one
 * @returns {Promise<App>}
 * @throws {ServerError} SETUP_FAILED when it is not built, EXITED, NOT_READY
 */
export async function startApp({ name, env, logFile, port: wanted, readyTimeoutMs = 60_000, onSpawn }) {
  const script = builtScript(name, 'bundle/main');
  const port = wanted ?? (await freePort());
  const operationsPort = SERVE_HTTP.has(name) ? await freePort() : port;
  const app = await supervise([projectNode(), script], {
    name,
    logFile,
    env: {
      ...{ ...baseEnv(), NODE_ENV: 'production', NODE_COMPILE_CACHE: compileCacheDir, ...env },
      ...(SERVE_HTTP.has(name) ? { HOST: '127.0.0.1', PORT: String(port) } : {}),
      ...{ OPERATIONS_HOST: '127.0.0.1', OPERATIONS_PORT: String(operationsPort) },
    },
    graceS: DRAIN_GRACE_S,
  });
  onSpawn?.(app);
  const baseUrl = `http://127.0.0.1:${port}`;
  const operationsUrl = `http://127.0.0.1:${operationsPort}`;
  const deadline = Date.now() + readyTimeoutMs;
  for (let answer = ''; (answer = await askReady(operationsUrl)) !== 'ready'; await sleep(POLL_MS)) {
    if (!app.running()) {
      const { code } = await app.exited;
      throw new ServerError(
        'EXITED',
        `${name} ended with code ${code} before it was ready:\n${tail(app.output())}`,
      );
    }
    if (Date.now() > deadline) {
      await app.kill();
      throw new ServerError('NOT_READY', `${name} was not ready in time (${answer}):\n${tail(app.output())}`);
    }
  }
  return { ...app, name, baseUrl, operationsUrl, port };
}

/**
 * @param {string} app
 * @param {string} script
 */
export function builtScript(app, script) {
  const path = join(repoDir, 'apps', app, 'dist', `${script}.js`);
  if (!existsSync(path))
    throw new ServerError('SETUP_FAILED', `${path} is not there: run \`npm run build\` first`);
  return path;
}

/** The Node that the project brings along, which is newer than many a machine's own. */
export function projectNode() {
  const path = join(repoDir, 'node_modules/.bin/node');
  return existsSync(path) ? path : process.execPath;
}

/** What every program needs of our environment; the rest would make its behaviour depend on who starts it. */
export function baseEnv() {
  const names = ['PATH', 'HOME', 'TZ', 'LANG', 'TMPDIR'];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}

/**
 * @param {string} operationsUrl
 * @returns {Promise<string>} 'ready', or what it answered instead
 */
async function askReady(operationsUrl) {
  try {
    const answer = await fetch(`${operationsUrl}/health/ready`, {
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    const body = await answer.text();
    return answer.status === 200 ? 'ready' : body;
  } catch (error) {
    return String(error);
  }
}
