import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const libDir = fileURLToPath(new URL('..', import.meta.url));
const builtDir = join(libDir, 'dist');

/**
 * Writes the package as it is published: what is bundled is no dependency any more, and nothing of the workspace is in
 * its package.json. Needs a build (`tsc -b`).
 * @param {string} outDir emptied first
 */
export async function buildPackage(outDir) {
  rmSync(outDir, { recursive: true, force: true });
  await bundle(join(outDir, 'dist/index.js'), 'esm');
  await bundle(join(outDir, 'dist/cjs/index.js'), 'cjs');
  for (const file of declarationsFrom(join(builtDir, 'index.d.ts'))) {
    for (const to of ['dist', 'dist/cjs'])
      write(join(outDir, to, relative(builtDir, file)), declaration(file));
  }
  write(join(outDir, 'dist/cjs/package.json'), json({ type: 'commonjs' }));
  write(join(outDir, 'package.json'), json(manifest()));
  cpSync(join(libDir, 'README.md'), join(outDir, 'README.md'));
  cpSync(join(libDir, '../../LICENSE'), join(outDir, 'LICENSE'));
}

/**
 * @param {string} file
 * @param {'esm' | 'cjs'} format
 */
async function bundle(file, format) {
  const build = await rolldown({
    input: join(builtDir, 'index.js'),
    platform: 'neutral',
    // What is left to import would be missing where the package is installed.
    external: [],
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'es2022' },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message);
    },
  });
  await build.write({ file, format, exports: 'named', comments: true });
  await build.close();
}

/**
 * A declaration file and all that it imports.
 * @param {string} file
 * @param {Set<string>} found
 * @returns {Set<string>}
 */
function declarationsFrom(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, name] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()'([^']+)'/g)) {
    if (!name?.startsWith('.')) throw new Error(`${file} imports ${name}, which is not in the package`);
    declarationsFrom(resolve(dirname(file), name.replace(/\.js$/, '.d.ts')), found);
  }
  return found;
}

/** @param {string} file */
const declaration = (file) => readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n');

function manifest() {
  const { name, version, description, license, sideEffects } = JSON.parse(
    readFileSync(join(libDir, 'package.json'), 'utf8'),
  );
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    sideEffects,
    main: './dist/cjs/index.js',
    module: './dist/index.js',
    types: './dist/index.d.ts',
    exports: {
      '.': {
        import: { types: './dist/index.d.ts', default: './dist/index.js' },
        require: { types: './dist/cjs/index.d.ts', default: './dist/cjs/index.js' },
      },
      './package.json': './package.json',
    },
    files: ['dist'],
    engines: { node: '>=18' },
    keywords: ['usage', 'billing', 'metering', 'ledger', 'receipts'],
  };
}

/** @param {unknown} value */
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  await buildPackage(process.argv[2] ?? join(builtDir, 'package'));
