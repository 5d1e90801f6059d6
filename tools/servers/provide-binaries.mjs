import { join } from 'node:path';
import { unpackDebianPackage } from './debian-package.mjs';
import { embeddedPostgres } from './embedded-postgres.mjs';
import { findProgram, isAtLeast, isExecutable, listFolder, versionOf } from './find-program.mjs';
import { clusterMajor } from './postgres.mjs';
import { ServerError } from './server-error.mjs';

const repoDir = join(import.meta.dirname, '../..');

/** Where downloads are kept, unless told otherwise. */
export const defaultCacheDir = process.env['PACSPACE_SERVERS_DIR'] ?? join(repoDir, '.data/servers');

/**
 * @typedef {'nats' | 'redis' | 'postgres'} Kind
 *
 * @typedef {object} Binary
 * @property {string} path
 * @property {string} version
 * @property {NodeJS.ProcessEnv} env what it needs in its environment to find its libraries
 * @property {'system' | 'downloaded' | 'npm'} origin
 *
 * @typedef {Binary & { syncsAlways: boolean }} NatsBinary `syncsAlways`: knows `sync_interval: always`
 * @typedef {Omit<Binary, 'path'> & { binDir: string, lz4: boolean }} PostgresBinary
 *
 * @typedef {object} ProvideOptions
 * @property {string} [cacheDir]
 * @property {(line: string) => void} [log] progress and warnings
 * @property {boolean} [ignoreSystem] as on a machine without servers; default: PACSPACE_IGNORE_SYSTEM_SERVERS is set
 */

/**
 * @typedef {{ nats: NatsBinary, redis: Binary, postgres: PostgresBinary }} Binaries
 */

/**
 * Finds or fetches the three servers.
 * @param {ProvideOptions} [options]
 * @returns {Promise<Binaries>}
 * @throws {ServerError} NO_BINARY
 */
export async function provideBinaries(options = {}) {
  return {
    nats: await provideNats(options),
    redis: await provideRedis(options),
    postgres: providePostgres(options),
  };
}

/**
 * This machine's nats-server when it is 2.10 or later, the first that can put a message on disk before it acknowledges
 * it; else Debian 13's package, which runs on Debian 12 too (it needs glibc 2.34 and nothing more).
 * @param {ProvideOptions} [options]
 * @returns {Promise<NatsBinary>}
 */
export async function provideNats(options = {}) {
  const { cacheDir, log, ignoreSystem } = withDefaults(options);
  const own = ignoreSystem ? undefined : systemBinary('nats-server');
  if (own && isAtLeast(own.version, [2, 10])) return { ...own, syncsAlways: true };
  try {
    const root = await unpackDebianPackage({
      cacheDir,
      packages: ['nats-server'],
      suiteFor: (codename) => (['buster', 'bullseye', 'bookworm'].includes(codename) ? 'trixie' : codename),
      log,
    });
    const fetched = unpackedBinary(root, 'nats-server');
    return { ...fetched, syncsAlways: isAtLeast(fetched.version, [2, 10]) };
  } catch (error) {
    if (!own) throw noBinary('nats-server (2.10 or later)', error);
    log(`WARNING: only nats-server ${own.version} is to be had here (${String(error)})`);
    log(
      'WARNING: it cannot sync before it acknowledges: acknowledgements are BUFFERED, a power cut may lose them',
    );
    return { ...own, syncsAlways: false };
  }
}

/**
 * @param {ProvideOptions} [options]
 * @returns {Promise<Binary>}
 */
export async function provideRedis(options = {}) {
  const { cacheDir, log, ignoreSystem } = withDefaults(options);
  const own = ignoreSystem ? undefined : systemBinary('redis-server');
  if (own && isAtLeast(own.version, [6, 0])) return own;
  try {
    // From this machine's own release, because it shares libraries with what is installed. The program is in
    // redis-tools; redis-server adds a link to it.
    const packages = ['redis-server', 'redis-tools'];
    return unpackedBinary(
      await unpackDebianPackage({ cacheDir, packages, suiteFor: (codename) => codename, log }),
      'redis-server',
    );
  } catch (error) {
    throw noBinary('redis-server (6 or later)', error);
  }
}

/**
 * This machine's newest PostgreSQL from 14 on, else the one that comes as an npm package; but for data that exist
 * already, whichever of them has the version that made the data.
 * @param {ProvideOptions & { dataDir?: string }} [options] `dataDir`: as for startPostgres
 * @returns {PostgresBinary}
 */
export function providePostgres(options = {}) {
  const { cacheDir, ignoreSystem } = withDefaults(options);
  const packaged = embeddedPostgres(repoDir, cacheDir);
  const candidates = [
    ...(ignoreSystem ? [] : systemPostgres()),
    ...(packaged ? [{ ...packaged, origin: /** @type {const} */ ('npm'), lz4: false }] : []),
  ].flatMap((candidate) => {
    const version = versionOf(join(candidate.binDir, 'postgres'), candidate.env);
    return version ? [{ ...candidate, version }] : [];
  });
  const made = options.dataDir && clusterMajor(options.dataDir);
  const found = candidates.find(({ version }) => version.split('.')[0] === made) ?? candidates[0];
  if (!found) throw noBinary('postgres (14 or later)', undefined);
  return found;
}

/**
 * The folder of pg_dump and pg_restore, which work with servers up to their own version: beside the server, or else this
 * machine's newest, or Debian's.
 * @param {ProvideOptions} [options]
 * @returns {Promise<string>}
 */
export async function providePostgresClients(options = {}) {
  const { cacheDir, log, ignoreSystem } = withDefaults(options);
  const hasClients = (/** @type {string} */ dir) =>
    ['pg_dump', 'pg_restore'].every((name) => isExecutable(join(dir, name)));
  const own = [
    providePostgres(options).binDir,
    ...(ignoreSystem ? [] : systemPostgres().map(({ binDir }) => binDir)),
  ];
  const found = own.find(hasClients);
  if (found) return found;
  // A release whose programs are new enough for the npm package's server, and run on the libraries of that release alone.
  const root = await unpackDebianPackage({
    cacheDir,
    packages: ['postgresql-client'],
    suiteFor: (codename) => codename,
    log,
  });
  const base = join(root, 'usr/lib/postgresql');
  const unpacked = listFolder(base)
    .map((major) => join(base, major, 'bin'))
    .find(hasClients);
  if (!unpacked) throw noBinary('pg_dump', undefined);
  return unpacked;
}

function systemPostgres() {
  const base = '/usr/lib/postgresql';
  const majors = listFolder(base)
    .map(Number)
    .filter((major) => major >= 14);
  const folders = majors.sort((a, b) => b - a).map((major) => join(base, String(major), 'bin'));
  return folders
    .filter((binDir) => isExecutable(join(binDir, 'postgres')) && isExecutable(join(binDir, 'initdb')))
    .map((binDir) => ({ binDir, env: {}, origin: /** @type {const} */ ('system'), lz4: true }));
}

/**
 * @param {string} name
 * @returns {Binary | undefined}
 */
function systemBinary(name) {
  const path = findProgram(name);
  const version = path && versionOf(path);
  return path && version ? { path, version, env: {}, origin: 'system' } : undefined;
}

/**
 * @param {string} root
 * @param {string} name
 * @returns {Binary}
 */
function unpackedBinary(root, name) {
  const path = ['usr/bin', 'usr/sbin'].map((dir) => join(root, dir, name)).find(isExecutable);
  const libraries = ['usr/lib', 'lib'].flatMap((dir) =>
    listFolder(join(root, dir))
      .filter((name) => name.includes('-linux-'))
      .map((triplet) => join(root, dir, triplet)),
  );
  const env = libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(':') } : {};
  const version = path && versionOf(path, env);
  if (!path || !version) throw new ServerError('NO_BINARY', `${name} from ${root} does not run here`);
  return { path, version, env, origin: 'downloaded' };
}

/**
 * @param {string} what
 * @param {unknown} cause
 */
function noBinary(what, cause) {
  const why = cause ? ` (${cause instanceof Error ? cause.message : String(cause)})` : '';
  return new ServerError('NO_BINARY', `no ${what} here, and none could be fetched${why}: install it`, cause);
}

/** @param {ProvideOptions} options */
function withDefaults(options) {
  return {
    cacheDir: options.cacheDir ?? defaultCacheDir,
    log: options.log ?? (() => undefined),
    ignoreSystem: options.ignoreSystem ?? Boolean(process.env['PACSPACE_IGNORE_SYSTEM_SERVERS']),
  };
}
