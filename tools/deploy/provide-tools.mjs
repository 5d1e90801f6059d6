import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { unpackDebianPackage } from '../servers/debian-package.mjs';
import { findProgram, isExecutable } from '../servers/find-program.mjs';
import { defaultCacheDir } from '../servers/provide-binaries.mjs';
import { ServerError } from '../servers/server-error.mjs';

/**
 * What judges the files under deploy/, and their places in Debian 13's packages. They need nothing but libc (2.34 or
 * later), so they run on Debian 12, too.
 */
const TOOLS = {
  kubectl: 'usr/bin/kubectl',
  'docker-compose': 'usr/libexec/docker/cli-plugins/docker-compose',
  promtool: 'usr/bin/promtool',
};

/**
 * `kubectl` renders, `docker-compose` reads without an engine, `promtool` checks rules and tests them.
 * @param {keyof typeof TOOLS} name
 * @param {(line: string) => void} [log]
 * @returns {Promise<string>} the program's path
 * @throws {ServerError} NO_BINARY
 */
export async function provideDeployTool(name, log = () => undefined) {
  // Only kubectl's renderer is used, which is in every kubectl since 1.14, and apt will not fetch a package that this
  // machine has in a newer version.
  const own = name === 'kubectl' ? findProgram(name) : undefined;
  if (own) return own;
  const root = await unpackDebianPackage({
    cacheDir: defaultCacheDir,
    packages: [name],
    suiteFor: (codename) => (['buster', 'bullseye', 'bookworm'].includes(codename) ? 'trixie' : codename),
    log,
  });
  const file = join(root, TOOLS[name]);
  if (!isExecutable(file))
    throw new ServerError('NO_BINARY', `${file} is not there: delete ${root} and try again`);
  return file;
}

/**
 * @param {keyof typeof TOOLS} name
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>} what it printed
 * @throws {Error} with all that it said, when it does not end with 0
 */
export async function runDeployTool(name, args, { cwd, env } = {}) {
  const tool = await provideDeployTool(name);
  const { status, stdout, stderr, error } = spawnSync(tool, args, {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${name} ${args.join(' ')} ended with ${String(status)}:\n${stdout}${stderr}`);
  return stdout;
}
