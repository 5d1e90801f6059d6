// What `npm run build` does after `tsc -b`: one bundle for each app.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repoDir } from './workspace.mjs';

/**
 * An app is 1,400 to 2,200 modules in as many files: to find, read and compile them one by one is half of the processor
 * time of its start, and costs memory for good. So what is run is a bundle of what the compiler wrote and of all packages
 * that it uses. What it imports dynamically stays a file of its own, loaded when it is asked for. A bundle is as deep in
 * the tree as the modules are that look for files beside them.
 */
const BUNDLE = 'dist/bundle';
/** Beside the bundle: what it was made of. */
const STAMP = 'made-of';
/** Machine code, which stays where it is installed. */
const NATIVE = ['@node-rs/argon2'];
const EXPECTED = new Set([
  // Packages name others that they can do without (drivers of other brokers): what is not installed stays an import, and
  // fails where it always did, when somebody asks for it.
  'UNRESOLVED_IMPORT',
  // Loaded late by one app (TypeORM, by a migration), and at the start by another.
  'INEFFECTIVE_DYNAMIC_IMPORT',
]);

/** Makes the bundles of all apps that are built, unless they are there and made of the same. */
export async function bundleApps() {
  const sources = digestSources();
  for (const name of readdirSync(join(repoDir, 'apps'))) {
    const dir = join(repoDir, 'apps', name);
    if (existsSync(join(dir, 'dist/main.js')) && read(join(dir, BUNDLE, STAMP)) !== sources) {
      await bundleApp(dir, sources); // one after the other: each takes 600 MB
    }
  }
}

/**
 * @param {string} dir
 * @param {string} sources
 */
async function bundleApp(dir, sources) {
  // Not loaded where nothing is to be made.
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: join(dir, 'dist/main.js'),
    cwd: repoDir,
    platform: 'node',
    external: NATIVE,
    plugins: [sourceMaps],
    onLog: (level, log) => {
      if (level === 'warn' && !EXPECTED.has(log.code ?? '')) console.error(log.message);
    },
  });
  const target = join(dir, BUNDLE);
  const draft = `${target}.draft`;
  rmSync(draft, { recursive: true, force: true });
  await build.write({
    dir: draft,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    // As Node would run the modules: decorators need reflect-metadata to have run before them.
    strictExecutionOrder: true,
    // Nest and the logs tell classes by their names.
    keepNames: true,
    comments: false,
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await build.close();
  writeFileSync(join(draft, STAMP), sources);
  rmSync(target, { recursive: true, force: true });
  renameSync(draft, target);
}

/**
 * With NODE_OPTIONS=--enable-source-maps a stack names the lines of our TypeScript.
 * @type {import('rolldown').Plugin}
 */
const sourceMaps = {
  name: 'source-maps',
  load: {
    filter: { id: /\/(?:apps|libs)\/[^/]+\/dist\/.*\.js$/ },
    async handler(id) {
      const [code, map] = await Promise.all([readFile(id, 'utf8'), readFile(`${id}.map`, 'utf8')]);
      return { code, map };
    },
  },
};

/** All that bundles are made of: what the compiler wrote, the packages by their lock, and how they are made. */
function digestSources() {
  const compiled = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(repoDir, folder)).flatMap((name) => compiledFiles(join(repoDir, folder, name, 'dist'))),
  );
  const hash = createHash('sha256');
  for (const file of [
    ...compiled.sort(),
    join(repoDir, 'package-lock.json'),
    fileURLToPath(import.meta.url),
  ]) {
    hash.update(`${file}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/**
 * @param {string} dist
 * @returns {string[]}
 */
function compiledFiles(dist) {
  if (!existsSync(dist)) return [];
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js') && !/^bundle[./]/.test(file))
    .map((file) => join(dist, file));
}

/** @param {string} file */
function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleApps();
