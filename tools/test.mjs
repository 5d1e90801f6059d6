// `npm test`: brings the checkout into shape, runs every kind of test, and ends with the line `N passed, N failed`.
// Arguments go to jest: `npm test -- libs/domain`, `npm test -- --selectProjects unit`.
import { fileURLToPath } from 'node:url';
import { onStarterGone, prepareWorkspace } from './workspace.mjs';

try {
  await prepareWorkspace(fileURLToPath(import.meta.url), {
    log: (line) => console.error(line),
    nodeFlags: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  });
  onStarterGone(() => process.exit(143)); // and the servers go with us
  const { runTests } = await import('./test/run-tests.mjs');
  process.exit(await runTests(process.argv.slice(2)));
} catch (error) {
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exit(1);
}
