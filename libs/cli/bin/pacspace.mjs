#!/usr/bin/env node
// The command that npm links. It must parse on any Node that npm runs on: it finds a Node that is new enough,
// then loads the compiled command line.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_MAJOR = 24;
const REEXECUTED = 'PACSPACE_REEXECUTED';
const here = dirname(fileURLToPath(import.meta.url));
const compiled = join(here, '..', 'dist', 'index.js');

if (Number.parseInt(process.versions.node, 10) < OLDEST_MAJOR) runUnderNewerNode();
else if (!existsSync(compiled)) giveUp('it is not built yet. Run `npm run build` first.');
else await load();

async function load() {
  delete process.env[REEXECUTED];
  const { main } = await import(compiled).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    giveUp(`a part of it is missing (${error.message}). Run \`npm install\` and \`npm run build\`.`);
    return {};
  });
  if (main !== undefined) await main();
}

/** The workspace brings its own Node by npm; an older one on the PATH only has to find it. */
function runUnderNewerNode() {
  const node = findNode(here);
  if (node === undefined || process.env[REEXECUTED] !== undefined) {
    giveUp(`it needs Node ${OLDEST_MAJOR} or newer, this is ${process.versions.node}. Run \`npm install\`.`);
    return;
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, [REEXECUTED]: '1' },
  });
  // A terminal's Ctrl-C reaches both processes: this one only has to outlive the other. A plain kill reaches this one only.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => giveUp(`${node} does not start: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
  });
}

function findNode(folder) {
  const candidate = join(folder, 'node_modules', '.bin', 'node');
  if (existsSync(candidate)) return candidate;
  const parent = dirname(folder);
  return parent === folder ? undefined : findNode(parent);
}

function giveUp(reason) {
  process.stderr.write(`pacspace: ${reason}\n`);
  process.exitCode = 2;
}
