import { buildArgv, runCLI } from 'jest';
import { repoDir } from '../workspace.mjs';

/**
 * Runs jest in this process, so that nothing is left of the run when it is killed.
 * @param {string[]} args as the jest command takes them
 * @returns {Promise<number>} exit code
 */
export async function runTests(args) {
  process.chdir(repoDir);
  const { results } = await runCLI(await buildArgv(args), [repoDir]);
  // A file that cannot be loaded, or that leaves something running, counts though none of its tests failed.
  const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + (results.runExecError ? 1 : 0);
  const skipped = results.numPendingTests + results.numTodoTests;
  const ran = results.numPassedTests + failed;
  if (ran === 0) console.error('no test was run');
  console.log(
    `${results.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  return results.success && failed === 0 && ran > 0 ? 0 : 1;
}
