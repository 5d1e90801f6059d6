import { afterAll } from '@jest/globals';
import { endRunning } from './running.js';

// Runs in every test file that has servers (jest.config.mjs). What a test starts it must stop; here the rest is ended,
// so that one careless file does not disturb the next, and the file fails.
afterAll(async () => {
  const left = await endRunning();
  if (left.length > 0) throw new Error(`left running at the end of the file: ${left.join(', ')}`);
});
