import type { startTestServers } from '../../../tools/servers/index.mjs';

export type SharedServers = Awaited<ReturnType<typeof startTestServers>>['servers'];

/**
 * The servers that jest's global set-up started for this run.
 *
 * @throws when this is no test with servers: a test that cannot reach its server fails, it never skips.
 */
export function sharedServers(): SharedServers {
  const text = process.env['PACSPACE_TEST_SERVERS'];
  if (text === undefined) {
    throw new Error(
      'no test servers: the file must be called *.int.test.ts or be under tests/e2e or tests/faults',
    );
  }
  return JSON.parse(text) as SharedServers;
}
