import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { rolldown } from 'rolldown';
import { buildPackage } from './build-package.mjs';

/**
 * Builds and packs the package, and has publint and attw look at it. Prints one JSON document: what they found, and
 * how large it is. `--keep DIR` leaves the tarball there.
 */
const dir = mkdtempSync(join(tmpdir(), 'pacspace-sdk-'));
try {
  const packageDir = join(dir, 'package');
  await buildPackage(packageDir);
  const keep = process.argv.indexOf('--keep');
  const packTo = keep < 0 ? dir : process.argv[keep + 1];
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', packTo], {
    cwd: packageDir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ filename }] = JSON.parse(packed);
  const tarball = join(packTo, filename);
  const { messages } = await publint({ pkgDir: packageDir, level: 'suggestion', strict: true, pack: false });
  const analysis = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  const code = readFileSync(join(packageDir, 'dist/index.js'));
  const minified = await minify(join(packageDir, 'dist/index.js'));
  const report = {
    tarball,
    publint: messages,
    attw: analysis.types === false ? ['no types'] : analysis.problems,
    bytes: {
      tarball: statSync(tarball).size,
      esm: code.length,
      minified: minified.length,
      gzipped: gzipSync(minified, { level: 9 }).length,
    },
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** @param {string} input */
async function minify(input) {
  const build = await rolldown({ input, platform: 'neutral' });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  return Buffer.from(output[0].code);
}
