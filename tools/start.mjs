// `npm start`: the whole system on this machine, from whatever state the checkout is in.
import { fileURLToPath } from 'node:url';
import { usage } from './start/describe.mjs';
import { prepareWorkspace } from './workspace.mjs';

const args = process.argv.slice(2);
if (args.length > 0) {
  const help = args.every((arg) => arg === '--help' || arg === '-h');
  console[help ? 'log' : 'error'](
    help ? usage : `npm start takes no argument but --help, not ${args.join(' ')}`,
  );
  process.exit(help ? 0 : 2);
}

// Known to the process that goes on after the installation, too: what counts is how long the user waits.
const startedAt = Number((process.env['PACSPACE_STARTED_AT'] ??= String(Date.now())));
try {
  await prepareWorkspace(fileURLToPath(import.meta.url), { log: (line) => console.log(`· ${line}`) });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
const { main } = await import('./start/main.mjs');
await main(startedAt);
