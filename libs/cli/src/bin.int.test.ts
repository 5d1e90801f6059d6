import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runProgram } from '@pacspace/testing';

const BIN = fileURLToPath(new URL('../bin/pacspace.mjs', import.meta.url));
let folder: string;
let copy: string;

/** A copy of the launcher in a tree without dist, with a Node in its node_modules that only says that it was called. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-bin-'));
  copy = join(folder, 'libs', 'cli', 'bin', 'pacspace.mjs');
  await mkdir(join(copy, '..'), { recursive: true });
  await copyFile(BIN, copy);
  const node = join(folder, 'node_modules', '.bin', 'node');
  await mkdir(join(node, '..'), { recursive: true });
  await writeFile(node, '#!/bin/sh\nshift\necho "newer node: $* ($PACSPACE_REEXECUTED)"\nexit 7\n');
  await chmod(node, 0o755);
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Runs the copy; `version` is the Node that it is made to believe in. */
async function launch(version?: string, env: Readonly<Record<string, string>> = {}) {
  const old = join(folder, 'old.mjs');
  await writeFile(old, `Object.defineProperty(process.versions, 'node', { value: '${version ?? ''}' });`);
  const flags = version === undefined ? [] : ['--import', old];
  return await runProgram([process.execPath, ...flags, copy, 'import', 'a b'], { env });
}

describe('bin/pacspace.mjs', () => {
  it('says so when it is not built', async () => {
    expect(await launch()).toMatchObject({
      code: 2,
      output: 'pacspace: it is not built yet. Run `npm run build` first.\n',
    });
  });

  it('hands over to the Node of the workspace when it runs on an older one', async () => {
    expect(await launch('20.20.2')).toMatchObject({ code: 7, output: 'newer node: import a b (1)\n' });
  });

  it('does not hand over in circles', async () => {
    const { code, output } = await launch('20.20.2', { PACSPACE_REEXECUTED: '1' });
    expect(code).toBe(2);
    expect(output).toMatch(/needs Node 24 or newer, this is 20\.20\.2/);
  });
});
