import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';

// Debian keeps some servers where an ordinary user's PATH does not look.
const EXTRA_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];

/**
 * @param {string} name
 * @returns {string | undefined} the path of this machine's own program
 */
export function findProgram(name) {
  const folders = (process.env['PATH'] ?? '')
    .split(':')
    .filter((dir) => dir && !dir.includes('node_modules'));
  return [...folders, ...EXTRA_FOLDERS].map((dir) => join(dir, name)).find(isExecutable);
}

/**
 * The first version number that a program says when asked.
 * @param {string} path
 * @param {NodeJS.ProcessEnv} [env] beside this process's own
 * @returns {string | undefined} undefined when it does not run here
 */
export function versionOf(path, env = {}) {
  const result = spawnSync(path, ['--version'], { encoding: 'utf8', env: { ...process.env, ...env } });
  if (result.status !== 0) return undefined;
  return /\d+(\.\d+)+/.exec(result.stdout)?.[0];
}

/**
 * @param {string} version
 * @param {[number, number]} minimum major and minor
 */
export function isAtLeast(version, [major, minor]) {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}

/**
 * @param {string} dir
 * @returns {string[]} names in it, none when it cannot be read
 */
export function listFolder(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
