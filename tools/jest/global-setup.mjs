import { startTestServers } from '../servers/index.mjs';
import { bundle } from '../workspace.mjs';

/** Runs once, before the first test that needs servers, and not at all when none of them is to run. */
export default async function globalSetup() {
  await bundle(); // whoever compiled by hand has not
  const { servers, stop } = await startTestServers({ log: (line) => console.error(line) });
  // The workers inherit the environment; libs/testing reads it there.
  process.env['PACSPACE_TEST_SERVERS'] = JSON.stringify(servers);
  Object.assign(globalThis, { stopTestServers: stop });
}
