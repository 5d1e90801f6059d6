import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repoDir } from '../workspace.mjs';

/** What of a workspace runs; the rest is for compilers and tests. */
const RUNNING = ['package.json', 'dist', 'bin'];
const NOT_RUN = /\.d\.ts(?:\.map)?$|\.tsbuildinfo$|\.test\.js(?:\.map)?$/;
/** Run nothing in production. */
const LEFT_OUT = new Set(['libs/testing']);
/** Served by the gateway. */
const DOCUMENTS = ['docs/openapi.json'];

/**
 * Copies what a container needs of a built checkout, beside its production packages (`npm ci --omit=dev`).
 * @param {string} target an empty folder, or one to be made
 */
export function assemble(target) {
  const workspaces = ['apps', 'libs'].flatMap((folder) =>
    readdirSync(join(repoDir, folder)).map((name) => `${folder}/${name}`),
  );
  const parts = workspaces
    .filter((workspace) => !LEFT_OUT.has(workspace))
    .flatMap((workspace) => RUNNING.map((part) => `${workspace}/${part}`));
  for (const path of ['package.json', ...DOCUMENTS, ...parts]) {
    const from = join(repoDir, path);
    if (!existsSync(from)) continue;
    mkdirSync(join(target, path, '..'), { recursive: true });
    cpSync(from, join(target, path), { recursive: true, filter: (file) => !NOT_RUN.test(file) });
  }
}

const [, script, target] = process.argv;
if (script?.endsWith('/assemble.mjs')) {
  if (target === undefined) throw new Error('usage: node tools/deploy/assemble.mjs FOLDER');
  assemble(target);
}
