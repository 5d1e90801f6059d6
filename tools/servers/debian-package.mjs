import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, listFolder } from './find-program.mjs';
import { holdLock } from './hold-lock.mjs';
import { runCommand } from './run-command.mjs';
import { ServerError } from './server-error.mjs';

const DOWNLOAD_WAIT_S = 300;

/**
 * Unpacks a Debian package, and what it needs beyond this machine's packages, into a private folder: no root, and the
 * machine's own apt state is only read. Done once: the folder is the cache.
 * @param {{
 *   cacheDir: string,
 *   packages: string[],
 *   suiteFor: (codename: string) => string,
 *   log: (line: string) => void,
 * }} options `packages`: the first names the folder. `suiteFor`: which Debian release to take it from on this one
 * @returns {Promise<string>} the root of the unpacked tree
 * @throws {ServerError} NO_BINARY
 */
export async function unpackDebianPackage({ cacheDir, packages, suiteFor, log }) {
  const name = packages[0] ?? '';
  const target = join(cacheDir, name);
  if (existsSync(target)) return target;
  const release = await holdLock(join(cacheDir, 'download.lock'), DOWNLOAD_WAIT_S);
  if (!release)
    throw new ServerError('NO_BINARY', `another process has been downloading into ${cacheDir} for too long`);
  const work = join(cacheDir, `${name}.draft`);
  try {
    if (existsSync(target)) return target; // the process that we waited for got it
    log(`downloading ${name} from this machine's Debian archive`);
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    await download(work, packages, suiteFor);
    renameSync(join(work, 'root'), target);
    return target;
  } finally {
    rmSync(work, { recursive: true, force: true });
    await release();
  }
}

/**
 * @param {string} work
 * @param {string[]} packages
 * @param {(codename: string) => string} suiteFor
 */
async function download(work, packages, suiteFor) {
  const codename = /^VERSION_CODENAME=(\S+)/m.exec(read('/etc/os-release'))?.[1];
  if (!codename || !findProgram('apt-get') || !findProgram('dpkg-deb')) {
    throw new ServerError('NO_BINARY', 'this is not a Debian machine');
  }
  const suite = suiteFor(codename);
  for (const dir of ['parts', 'lists/partial', 'cache/archives/partial', 'root']) {
    mkdirSync(join(work, dir), { recursive: true });
  }
  const sources = debianSources(codename, suite);
  if (sources.length === 0) throw new ServerError('NO_BINARY', `apt has no source for Debian ${codename}`);
  sources.forEach(({ ext, text }, i) => writeFileSync(join(work, 'parts', `${String(i)}.${ext}`), text));
  const settings = {
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': join(work, 'parts'),
    'Dir::State::Lists': join(work, 'lists'),
    'Dir::Cache': join(work, 'cache'),
    'Dir::Cache::archives': join(work, 'cache/archives'),
    'Debug::NoLocking': '1', // the locks are for changing the machine's packages, which we do not
    'Acquire::Languages': 'none',
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '15',
    'Acquire::https::Timeout': '15',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'APT::Sandbox::User': '', // its user could not read a folder of ours
    'APT::Get::List-Cleanup': 'false',
  };
  const apt = [
    'apt-get',
    '-q',
    '-y',
    ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]),
  ];
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  /** @param {string[]} command */
  const run = (command) => runCommand(command, { name: command[0] ?? '', logFile: join(work, 'log'), env });
  await run([...apt, 'update']);
  await run([...apt, '--download-only', '--no-install-recommends', '--reinstall', 'install', ...packages]);
  const archives = join(work, 'cache/archives');
  const files = listFolder(archives).filter((file) => file.endsWith('.deb'));
  if (files.length === 0)
    throw new ServerError('NO_BINARY', `apt brought no package for ${packages.join(', ')}`);
  for (const file of files) await run(['dpkg-deb', '-x', join(archives, file), join(work, 'root')]);
}

/**
 * The machine's own sources of the Debian archive, with the release replaced: whatever mirror, proxy and keys it uses
 * stay in force. Sources of others (a vendor's repository) are left out.
 * @param {string} codename
 * @param {string} suite
 */
function debianSources(codename, suite) {
  const files = [
    '/etc/apt/sources.list',
    ...listFolder('/etc/apt/sources.list.d').map((file) => `/etc/apt/sources.list.d/${file}`),
  ];
  return files.flatMap((file) => {
    if (file.endsWith('.list')) return oneLineSources(read(file), codename, suite);
    if (file.endsWith('.sources')) return deb822Sources(read(file), codename, suite);
    return [];
  });
}

/**
 * @param {string} text
 * @param {string} codename
 * @param {string} suite
 */
function oneLineSources(text, codename, suite) {
  const lines = text.split('\n').flatMap((line) => {
    const [, head, found, components] = /^\s*(deb\s+(?:\[[^\]]*\]\s+)?\S+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (!head || !found || !components || !/\bmain\b/.test(components)) return [];
    const kept = keptSuites([found], codename, suite);
    return kept.map((one) => `${head} ${one} main`);
  });
  return lines.length > 0 ? [{ ext: 'list', text: `${lines.join('\n')}\n` }] : [];
}

/**
 * @param {string} text
 * @param {string} codename
 * @param {string} suite
 */
function deb822Sources(text, codename, suite) {
  const stanzas = text.replace(/^#.*\n/gm, '').split(/\n\s*\n/);
  const wanted = stanzas.flatMap((stanza) => {
    const field = (/** @type {string} */ key) =>
      new RegExp(`^${key}:\\s*(.*)$`, 'mi').exec(stanza)?.[1] ?? '';
    const kept = keptSuites(field('Suites').split(/\s+/), codename, suite);
    const usable = /\bdeb\b/.test(field('Types')) && /\bmain\b/.test(field('Components'));
    if (!usable || kept.length === 0 || /^no$/i.test(field('Enabled'))) return [];
    return [
      stanza
        .replace(/^Suites:.*$/im, `Suites: ${kept.join(' ')}`)
        .replace(/^Components:.*$/im, 'Components: main'),
    ];
  });
  return wanted.length > 0 ? [{ ext: 'sources', text: `${wanted.join('\n\n')}\n` }] : [];
}

/**
 * Of another release the main suite is enough. Of this machine's own we want its updates too: its installed packages
 * come from them, and what we fetch must fit those.
 * @param {string[]} found
 * @param {string} codename
 * @param {string} suite
 */
function keptSuites(found, codename, suite) {
  if (suite !== codename) return found.includes(codename) ? [suite] : [];
  return found.filter(
    (one) => one === codename || one === `${codename}-updates` || one === `${codename}-security`,
  );
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
