import { resolve } from 'node:path';
import { ServerError, tail } from '../servers/index.mjs';
import { onStarterGone } from '../workspace.mjs';
import { describeRunning } from './describe.mjs';
import { Household } from './household.mjs';
import { launch, StartError } from './launch.mjs';

/** Ctrl-C reaches us from the terminal and again through npm: together one wish, not two. */
const SAME_WISH_MS = 500;

/**
 * Runs the system until it is told to stop, or one of its parts dies. Ends this process.
 * @param {number} startedAt ms since 1970
 */
export async function main(startedAt) {
  const log = (/** @type {string} */ line) => console.log(`· ${line}`);
  const dataDir = resolve(process.env['DATA_DIR'] || '.data');
  const household = new Household((member) => {
    void leave(1, `${member.name} ended by itself:\n${tail(member.output())}`);
  });

  let leavingAt = 0;
  /** @param {number} code @param {string} why */
  async function leave(code, why) {
    if (leavingAt > 0) return;
    leavingAt = performance.now();
    console.log(`\n${why}`);
    if (!household.empty)
      console.log('stopping the apps (they finish what they have taken), then the servers');
    await household.end();
    console.log('all stopped');
    process.exit(code);
  }
  /** @param {string} signal */
  async function onSignal(signal) {
    if (leavingAt === 0) return leave(0, signal);
    if (performance.now() - leavingAt < SAME_WISH_MS) return;
    console.log('killing everything');
    await household.kill();
    process.exit(1);
  }
  // Whoever reads our output may be gone before us; that is no reason to leave in disorder.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void onSignal(signal));
  onStarterGone(() => void leave(1, 'npm is gone'));

  try {
    const running = await launch({ dataDir, port: parsePort(process.env['PORT']), household, log });
    if (household.ending) return;
    const seconds = (Date.now() - startedAt) / 1000;
    console.log(
      describeRunning(running, { dataDir, seconds, durability: await readDurability(running.baseUrl) }),
    );
  } catch (error) {
    if (household.ending) return; // a consequence of the end
    const known = error instanceof StartError || error instanceof ServerError;
    console.error(known ? `\n${error.message}` : error);
    await leave(1, 'could not start');
  }
}

/**
 * @param {string | undefined} text
 * @returns {number | undefined} undefined: not asked for
 */
function parsePort(text) {
  if (!text) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new StartError(`PORT must be a number from 1 to 65535, not ${JSON.stringify(text)}`);
}

/**
 * @param {string} baseUrl
 * @returns {Promise<string>}
 */
async function readDurability(baseUrl) {
  const answer = await fetch(`${baseUrl}/health`);
  const { facts } = /** @type {{ facts?: { durability?: string } }} */ (await answer.json());
  return facts?.durability ?? 'unknown (the gateway does not say)';
}
