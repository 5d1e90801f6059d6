// `npm test`: brings the checkout into shape, runs every kind of test, and ends with the line `N passed, N failed`.
// Arguments go to jest: `npm test -- libs/domain`, `npm test -- --selectProjects unit`.
import { fileURLToPath } from 'node:url';
import { build, prepareWorkspace } from './workspace.mjs';

const log = (/** @type {string} */ line) => console.error(line);
try {
  await prepareWorkspace(fileURLToPath(import.meta.url), {
    log,
    nodeFlags: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  });
  await build({ log });
  const { runTests } = await import('./test/run-tests.mjs');
  process.exit(await runTests(process.argv.slice(2)));
} catch (error) {
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
