import { TestEnvironment } from 'jest-environment-node';

/**
 * Where test files with servers run. What a test starts it must stop; what is left after the file's own afterAll hooks
 * is ended here, so that one careless file does not disturb the next, and the file fails. (A hook in a set-up file would
 * come too early: jest calls hooks in the order in which they were defined.)
 */
export default class ServersEnvironment extends TestEnvironment {
  /**
   * @param {{ name: string }} event
   * @param {{ unhandledErrors: Error[] }} state
   */
  async handleTestEvent(event, state) {
    if (event.name !== 'run_finish') return;
    const end = /** @type {undefined | (() => Promise<string[]>)} */ (this.global['pacspaceEndRunning']);
    const left = (await end?.()) ?? [];
    if (left.length > 0) {
      state.unhandledErrors.push(new Error(`left running at the end of the file: ${left.join(', ')}`));
    }
  }
}
