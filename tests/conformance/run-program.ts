import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** A folder of its own in which the published SDK is installed. */
export interface Project {
  /** Type-checks a program as strictly as its author may, and runs it; @returns the lines that it printed. */
  run(program: string, env: Readonly<Record<string, string>>): Promise<string[]>;
  remove(): Promise<void>;
}

export async function makeProject(): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), 'pacspace-guide-'));
  const installed = join(dir, 'node_modules/@pacspace-io/sdk');
  await mkdir(installed, { recursive: true });
  await run(process.execPath, [join(root, 'libs/sdk/tools/build-package.mjs'), installed]);
  await writeFile(join(dir, 'package.json'), '{"type":"module"}');
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const strict = [
    '--noEmit',
    // The second program of a project is checked with what was learnt of the libraries for the first.
    '--incremental',
    '--tsBuildInfoFile',
    join(dir, 'tsbuildinfo'),
    '--strict',
    '--exactOptionalPropertyTypes',
    '--target',
    'es2022',
    '--module',
    'nodenext',
  ];
  return {
    run: async (program, env) => {
      const file = join(dir, 'quick-start.ts');
      await writeFile(file, program);
      const checked = [join(root, 'node_modules/typescript/bin/tsc'), ...strict, ...types, file];
      await run(process.execPath, checked, { cwd: dir }).catch((cause: unknown) => {
        throw new Error(`the program has wrong types: ${(cause as { stdout?: string }).stdout}`, { cause });
      });
      const { stdout } = await run(process.execPath, [file], {
        cwd: dir,
        env: { PATH: process.env['PATH'], ...env },
      });
      return stdout.trimEnd().split('\n');
    },
    remove: () => rm(dir, { recursive: true }),
  };
}
