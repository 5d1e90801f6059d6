#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { CONFIG_EXIT_CODE, ConfigError, loadConfig } from '@pacspace/service';
import { projectorConfig } from './config.js';

const HELP = `projector: brings the log into the ledger

  projector                   runs the service (--help after it lists its variables)
  projector check             holds ledger, cache and log against each other; exit 1 when they differ
  projector rebuild           folds the whole log again into fresh tables, compares, and swaps them in when equal
    --swap equal|always|never   when to put the fresh tables in place (equal); always: also when they differ
  projector backup FOLDER     saves log and data base while everything runs
    --keys FILE                 also the keys that the environment holds; keep them elsewhere
  projector restore FOLDER    into an empty data base and a NATS server without our streams
  projector migrate           brings the schema up to date

Configured by the environment, as the service is.
`;

const [command, ...rest] = process.argv.slice(2);
switch (command) {
  case undefined:
  case '--help':
    if (command === '--help') process.stdout.write(`${HELP}\n`);
    await (await import('./serve.js')).serve();
    break;
  case 'check':
    process.exitCode = await run(async () =>
      (await import('./commands/check.js')).check(loadConfig(projectorConfig)),
    );
    break;
  case 'rebuild':
    process.exitCode = await run(rebuild);
    break;
  case 'backup':
    process.exitCode = await run(backup);
    break;
  case 'restore':
    process.exitCode = await run(async () =>
      (await import('./commands/restore.js')).restore(loadConfig(projectorConfig), folderOf(rest)),
    );
    break;
  case 'migrate':
    await import('./migrate.js');
    break;
  default:
    process.stderr.write(`projector: no command ${command}\n\n${HELP}`);
    process.exitCode = 2;
}

async function rebuild(): Promise<boolean> {
  const { values } = parseArgs({ args: rest, options: { swap: { type: 'string', default: 'equal' } } });
  const commands = await import('./commands/rebuild.js');
  const swap = commands.SWAP_CHOICES.find((choice) => choice === values.swap);
  if (swap === undefined) throw new Error(`--swap is one of ${commands.SWAP_CHOICES.join(', ')}`);
  return await commands.rebuild(loadConfig(projectorConfig), swap);
}

async function backup(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    args: rest,
    options: { keys: { type: 'string' } },
    allowPositionals: true,
  });
  const options = { folder: folderOf(positionals), keysFile: values.keys };
  return await (await import('./commands/backup.js')).backup(loadConfig(projectorConfig), options);
}

function folderOf(positionals: readonly string[]): string {
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new Error('name one folder');
  return folder;
}

/** 0: as it should be; 1: there are differences; 2 or 78: it could not be done. */
async function run(work: () => Promise<boolean>): Promise<number> {
  try {
    return (await work()) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`projector: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ConfigError ? CONFIG_EXIT_CODE : 2;
  }
}
