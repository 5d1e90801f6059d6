import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holdLock } from './servers/hold-lock.mjs';
import { parentOf } from './servers/process-tree.mjs';
import { runCommand } from './servers/run-command.mjs';

// Read by whatever Node the machine has (20 and later), before anything is installed: no package, nothing new.

export const repoDir = fileURLToPath(new URL('..', import.meta.url));
const projectNode = join(repoDir, 'node_modules/.bin/node');
const bundler = join(repoDir, 'tools/bundle-apps.mjs');
const prepareLog = join(repoDir, '.data/logs/prepare.log');
const OLDEST_NODE = 22;
const LOCK_WAIT_S = 900;
const STARTER_POLL_MS = 300;

const starters = findStarters(); // as early as can be: they may end at any time
/** @type {() => void} */
let whenStarterGone = () => {
  console.error('stopping: the process that started this one is gone');
  process.exit(143);
};

/**
 * Makes a checkout ready to be built, whatever its state: installs the packages of the lock file, and goes on with the
 * Node that is among them. Returns only in the process that is to do the work.
 * @param {string} script the file that was started
 * @param {{ log: (line: string) => void, nodeFlags?: string[] }} options
 */
export async function prepareWorkspace(script, { log, nodeFlags = [] }) {
  watchStarter();
  const flagsMissing = nodeFlags.some((flag) => !process.execArgv.includes(flag));
  if (!(await installPackages(log)) || flagsMissing || !onProjectNode()) {
    process.exit(await rerun(script, nodeFlags));
  }
}

/**
 * Compiles what has changed, and bundles the apps anew where that matters to them.
 * @param {{ log: (line: string) => void, projects?: string[] }} options `projects`: folders; default: all
 */
export async function build({ log, projects = [] }) {
  log('building (tsc -b)');
  const tsc = join(repoDir, 'node_modules/typescript/bin/tsc');
  await underLock(async () => {
    await runBuildStep('tsc -b', [tsc, '-b', ...projects]);
    await runBuildStep('bundle-apps', [bundler]);
  });
}

/** Bundles the apps anew if what has been compiled is not what they were made of. */
export async function bundle() {
  await underLock(() => runBuildStep('bundle-apps', [bundler]));
}

/**
 * @param {string} name
 * @param {string[]} command
 */
function runBuildStep(name, command) {
  return runCommand([process.execPath, ...command], { name, logFile: prepareLog, cwd: repoDir });
}

/**
 * Installs the packages of the lock file if they are not there.
 * @param {(line: string) => void} log
 * @returns {Promise<boolean>} whether all had been there already
 */
export function installPackages(log) {
  return underLock(async () => {
    if (isInstalled()) return true;
    log('installing packages (npm ci)');
    await runNpmCi();
    if (!isInstalled()) throw new Error('npm ci did not install what package-lock.json names');
    return false;
  });
}

/**
 * What to do when the process that started us is no more; until this is called, we just end. `kill -9` of npm reaches
 * only npm. A user's shell is not watched: it may well end before us.
 * @param {() => void} gone
 */
export function onStarterGone(gone) {
  whenStarterGone = gone;
}

function watchStarter() {
  if (!process.env['npm_lifecycle_event'] && !process.env['PACSPACE_RERUN']) return;
  let missing = 0;
  const timer = setInterval(() => {
    missing = findStarters() === starters ? 0 : missing + 1;
    if (missing < 2) return; // one look at /proc may fail
    clearInterval(timer);
    whenStarterGone();
  }, STARTER_POLL_MS);
  timer.unref();
}

/** Our parent, and where that is the `sh -c` that npm runs scripts in, npm. */
function findStarters() {
  const parent = process.ppid;
  const isShell = /^(da|ba)?sh$/.test(read(`/proc/${parent}/comm`).trim());
  return isShell ? `${parent} of ${String(parentOf(parent))}` : String(parent);
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/**
 * Two commands in one fresh checkout do not install, or build, at the same time.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function underLock(work) {
  const release = await holdLock(join(repoDir, '.data/workspace.lock'), LOCK_WAIT_S);
  if (!release)
    throw new Error('another command has been installing or building in this checkout for too long');
  try {
    return await work();
  } finally {
    await release();
  }
}

/** Not by the Node in node_modules, which is about to be replaced; and no package here needs its install script. */
async function runNpmCi() {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((dir) => !dir.includes('node_modules'));
  const args = ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const env = { ...process.env, PATH: path.join(delimiter) };
  await runCommand(['npm', ...args], { name: 'npm ci', logFile: prepareLog, cwd: repoDir, env });
}

/** Whether node_modules holds what the lock file names. Times of files would not tell: a checkout changes them at will. */
function isInstalled() {
  /** @typedef {Record<string, { version?: string, integrity?: string, link?: boolean, optional?: boolean }>} Packages */
  /** @type {(file: string) => Packages} */
  const packagesOf = (file) => JSON.parse(readFileSync(join(repoDir, file), 'utf8')).packages;
  if (!existsSync(join(repoDir, 'node_modules/.package-lock.json'))) return false;
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).every(([path, wanted]) => {
    if (!path.startsWith('node_modules/')) return true; // ourselves and the workspaces
    const found = installed[path];
    if (!found) return wanted.optional === true; // for another platform
    return (
      found.version === wanted.version && found.integrity === wanted.integrity && found.link === wanted.link
    );
  });
}

function onProjectNode() {
  if (existsSync(projectNode)) return realpathSync(process.execPath) === realpathSync(projectNode);
  if (Number(process.versions.node.split('.')[0]) >= OLDEST_NODE) return true;
  throw new Error(
    `this machine's Node ${process.versions.node} is too old, and npm brought no newer one for ` +
      `${process.platform}-${process.arch} (were optional packages left out?): install Node ${OLDEST_NODE} or later`,
  );
}

/**
 * Runs the script again on the project's Node, and passes signals on.
 * @param {string} script
 * @param {string[]} nodeFlags
 * @returns {Promise<number>} its exit code
 */
function rerun(script, nodeFlags) {
  const node = existsSync(projectNode) ? projectNode : process.execPath;
  const args = [...nodeFlags, script, ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit', env: { ...process.env, PACSPACE_RERUN: '1' } });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.kill(signal));
  }
  onStarterGone(() => child.kill('SIGTERM'));
  return exitCodeOf(child);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<number>} 128 + n for signal n
 */
function exitCodeOf(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}
