import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  builtScript,
  freePort,
  holdLock,
  isPortFree,
  projectNode,
  runCommand,
  startApp,
} from '../servers/index.mjs';
import { build } from '../workspace.mjs';
import { apps, migrateStep, seedAccountStep, seedStep } from './apps.mjs';
import { loadSecrets, writePrivate } from './secrets.mjs';
import { startServers } from './servers.mjs';

const DEFAULT_PORT = 3000;
const DEMO_EMAIL = 'demo@localhost.example';

/** Something that the user can put right: shown without a stack. */
export class StartError extends Error {}

/**
 * @typedef {object} Running what `dev.json` says
 * @property {string} baseUrl
 * @property {string} apiKey of the demo tenant's sandbox
 * @property {{ email: string, password: string }} account the demo tenant's owner, as first made
 * @property {{ url: string, token: string }} operator where access requests are decided, and with what
 * @property {number} pid of the launcher
 * @property {Record<string, { url: string, operations: string, pid: number, log: string }>} apps `operations`: where health
 *   and metrics are
 * @property {import('./servers.mjs').ServerUrls} servers their URLs, with passwords
 */

/**
 * Brings the whole system up.
 * @param {{
 *   dataDir: string,
 *   port: number | undefined,
 *   household: import('./household.mjs').Household,
 *   log: (line: string) => void,
 * }} options
 * @returns {Promise<Running>}
 */
export async function launch({ dataDir, port: wantedPort, household, log }) {
  mkdirSync(dataDir, { recursive: true });
  await takeDataDir(dataDir, household);
  const secrets = loadSecrets(dataDir);
  const port = await choosePort(wantedPort, log);
  const consolePort = await freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const consoleUrl = `http://127.0.0.1:${consolePort}`;
  const projects = [...apps.map(({ name }) => `apps/${name}`), 'libs/cli'];
  const [servers] = await Promise.all([startServers({ dataDir, household, log }), build({ log, projects })]);
  const env = {
    ...inherited(),
    LANES: process.env['LANES'] ?? '4',
    PUBLIC_URL: process.env['PUBLIC_URL'] ?? baseUrl,
    DATA_DIR: dataDir,
    ...servers,
    KEY_PEPPER: secrets.keyPepper,
    OPERATOR_TOKEN: secrets.operatorToken,
    CONSOLE_URL: consoleUrl,
    WEBHOOK_KEY: secrets.webhookKey,
    // Receivers that are being built run on this machine, and have no certificate.
    WEBHOOK_ALLOW_HTTP: process.env['WEBHOOK_ALLOW_HTTP'] ?? 'true',
    WEBHOOK_ALLOWED_NETWORKS: process.env['WEBHOOK_ALLOWED_NETWORKS'] ?? '127.0.0.0/8,::1/128',
  };
  /** @type {Readonly<Record<string, number>>} */
  const ports = { gateway: port, console: consolePort };
  /** @param {string} name */
  const logFile = (name) => join(dataDir, 'logs', `${name}.log`);
  /** @param {{ app: string, script: string }} step @param {NodeJS.ProcessEnv} [extra] */
  const runStep = ({ app, script }, extra) =>
    runCommand([projectNode(), '--enable-source-maps', builtScript(app, script)], {
      name: `${app} ${script}`,
      logFile: logFile(script),
      env: { NODE_ENV: 'production', ...env, ...extra },
      onSpawn: (child) => household.add('app', child),
    });

  async function seed() {
    const seeded = await runStep(seedStep, { DEMO_API_KEY: secrets.demoApiKey });
    await runStep(seedAccountStep, { DEMO_EMAIL, DEMO_PASSWORD: secrets.demoPassword });
    return seeded;
  }

  log('migrating the data base');
  await runStep(migrateStep);
  log(`starting ${apps.map(({ name }) => name).join(', ')}`);
  const [seeded, ...started] = await Promise.all([
    seed(),
    ...apps.map(async (app) => {
      const started = await startApp({
        name: app.name,
        env,
        logFile: logFile(app.name),
        ...(ports[app.name] === undefined ? {} : { port: ports[app.name] }),
        onSpawn: (child) => household.add('app', child),
      });
      household.watch(started);
      return started;
    }),
  ]);
  const running = {
    baseUrl,
    apiKey: apiKeyIn(seeded) ?? secrets.demoApiKey,
    account: { email: DEMO_EMAIL, password: secrets.demoPassword },
    operator: { url: consoleUrl, token: secrets.operatorToken },
    pid: process.pid,
    apps: Object.fromEntries(
      started.map(({ name, baseUrl, operationsUrl, pid }) => [
        name,
        { url: baseUrl, operations: operationsUrl, pid, log: relative('.', logFile(name)) },
      ]),
    ),
    servers,
  };
  writePrivate(join(dataDir, 'dev.json'), running);
  return running;
}

/**
 * @param {string} dataDir
 * @param {import('./household.mjs').Household} household
 */
async function takeDataDir(dataDir, household) {
  const release = await holdLock(join(dataDir, 'lock'), 0);
  if (release) {
    household.add('lock', { stop: release, kill: release });
    return;
  }
  let who = '';
  try {
    const { pid, baseUrl } = JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8'));
    who = ` (pid ${pid}, ${baseUrl})`;
  } catch {
    // it has not come that far
  }
  throw new StartError(`${dataDir} is in use by another \`npm start\`${who}: stop that one, or set DATA_DIR`);
}

/**
 * @param {number | undefined} wanted
 * @param {(line: string) => void} log
 */
async function choosePort(wanted, log) {
  if (wanted !== undefined) {
    if (await isPortFree(wanted)) return wanted;
    throw new StartError(`port ${wanted} is taken by another program: stop it, or set PORT to another one`);
  }
  if (await isPortFree(DEFAULT_PORT)) return DEFAULT_PORT;
  const port = await freePort();
  log(`port ${DEFAULT_PORT} is taken by another program; using ${port} (set PORT to choose)`);
  return port;
}

/** Ours, so that every variable of the apps can be given to `npm start`; without what npm adds. */
function inherited() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|PACSPACE_RERUN$|INIT_CWD$)/.test(name)),
  );
}

/**
 * @param {string} output of the seed step: one line of it is the JSON that we look for, others may be its log
 * @returns {string | undefined}
 */
function apiKeyIn(output) {
  for (const line of output.split('\n')) {
    if (!line.startsWith('{') || !line.includes('"apiKey"')) continue;
    return JSON.parse(line).apiKey;
  }
  return undefined;
}
