#!/usr/bin/env node
import { packageVersion, runApp, text } from '@pacspace/service';
import { z } from 'zod';
import { checkpointerConfig } from './config.js';

const HELP = `checkpointer: seals periods, and keeps each environment's signed log

  checkpointer               runs the service (--help after it lists its variables)
  checkpointer rotate-key    makes a new signing secret in DATA_DIR/keys; the next start signs with it, and what the
                             old one has signed still verifies. With LOG_SIGNING_KEY set, change that instead

`;

const [command] = process.argv.slice(2);
switch (command) {
  case undefined:
  case '--help': {
    if (command === '--help') process.stdout.write(HELP);
    const { serve } = await import('./serve.js');
    await runApp({
      name: 'checkpointer',
      version: packageVersion(import.meta.url),
      config: checkpointerConfig,
      main: serve,
    });
    break;
  }
  case 'rotate-key': {
    const { rotateSigningSecret } = await import('./keys/signing-secret.js');
    const { loadConfig } = await import('@pacspace/service');
    const { DATA_DIR } = loadConfig(
      z.object({ DATA_DIR: text('where the signing secret is kept', '.data').default('.data') }),
    );
    process.stdout.write(`a new signing secret is in ${await rotateSigningSecret(DATA_DIR, Date.now())}\n`);
    break;
  }
  default:
    process.stderr.write(`checkpointer: no command ${command}\n\n${HELP}`);
    process.exitCode = 2;
}
