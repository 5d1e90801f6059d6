import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDatabase,
  createRedis,
  type Ended,
  type SpawnedApp,
  spawnApp,
  startNats,
  type TestNats,
  waitFor,
} from '@pacspace/testing';
import { providePostgresClients } from '../../tools/servers/index.mjs';
import { Api } from '../system/api.js';
import { runProjector } from '../system/commands.js';
import { abandonLoads, Load } from '../system/load.js';
import { startCalmSystem, type System } from '../system/start-system.js';

/** Longer than most: three apps twice, and a whole installation saved and restored. */
const SETTING_UP_MS = 180_000;
const CUSTOMERS = ['alpha', 'beta', 'gamma'];

let folder: string;
let backupFolder: string;
let keysFile: string;
let pgBinDir: string;
let old: System & { readonly nats: TestNats };
let keysOfOld: Record<string, string>;
let apps: SpawnedApp[] = [];
let nats: TestNats | undefined;

/** What a customer, and whoever has a root, can see. */
interface Seen {
  readonly balances: readonly unknown[];
  readonly roots: readonly string[];
}
let before: Seen;
/** Acknowledged while the backup ran. */
let load: Load;

const projector = (env: Record<string, string>, ...args: readonly string[]): Promise<Ended> =>
  runProjector(args, { env: { PG_BIN_DIR: pgBinDir, ...env } });

/** The output is named so that it is shown when it is another code. */
const DONE = { code: 0, output: expect.any(String) };

const startApps = (env: Record<string, string>): Promise<SpawnedApp[]> =>
  Promise.all(['gateway', 'projector', 'checkpointer'].map((name) => spawnApp(name, env)));

async function see(api: Api): Promise<Seen> {
  const balances = [];
  const roots = [];
  for (const customer of CUSTOMERS) {
    const { computedBalanceExact, deltasCount, proofRoot } = (await api.derive(customer)).body.data;
    balances.push({ customer, computedBalanceExact, deltasCount, proofRoot });
    const sealed = await api.post('/api/v1/balance/checkpoint', { customerId: customer });
    roots.push(sealed.body.data.proofRoot as string);
  }
  return { balances, roots };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'backup-'));
  [backupFolder, keysFile] = [join(folder, 'backup'), join(folder, 'keys')];
  pgBinDir = await providePostgresClients();
  old = await startCalmSystem(2);
  keysOfOld = { LOG_SIGNING_KEY: randomBytes(32).toString('hex'), LOG_ORIGIN_HOST: 'logs.test' };
  const env = { ...old.env, ...keysOfOld };
  apps = await startApps(env);
  const api = old.apiOf(apps[0]!);
  for (const [i, customerId] of CUSTOMERS.entries()) {
    const deltas = Array.from({ length: 300 }, (_, n) => ({
      customerId,
      delta: `${n + i}.000000000001`,
      reason: 'usage',
      referenceId: `${customerId} ${n}`,
    }));
    expect((await api.emitBatch(deltas)).body.data.totalQueued).toBe(300);
  }
  before = await see(api);
  load = new Load({ name: 'meanwhile', apis: () => [api] });
  expect(await projector(env, 'backup', backupFolder, '--keys', keysFile)).toMatchObject(DONE);
  await load.stop();
}, SETTING_UP_MS);

afterAll(async () => {
  abandonLoads();
  await Promise.all(apps.filter((app) => app.running()).map((app) => app.stop()));
  await Promise.all([old.close(), nats?.stop()]);
  await rm(folder, { recursive: true });
}, 60_000);

describe('projector backup', () => {
  it('keeps the keys apart from the data, for nobody else to read', async () => {
    const kept = await readFile(keysFile, 'utf8');
    const given: Record<string, string> = { ...old.env, ...keysOfOld };
    const names = ['KEY_PEPPER', 'LOG_SIGNING_KEY', 'WEBHOOK_KEY'];
    expect(kept).toBe(names.map((name) => `${name}=${given[name]}\n`).join(''));
    expect((await stat(keysFile)).mode & 0o777).toBe(0o600);
    const manifest = await readFile(join(backupFolder, 'manifest.json'), 'utf8');
    for (const secret of [old.env['KEY_PEPPER']!, keysOfOld['LOG_SIGNING_KEY']!])
      expect(manifest).not.toContain(secret);
  });

  it('writes into no folder that holds something', async () => {
    const again = await projector({ ...old.env }, 'backup', backupFolder);
    expect(again.code).toBe(2);
    expect(again.output).toContain('is not empty');
  });
});

describe('projector restore', () => {
  it('goes into nothing that holds data, and takes no backup that has changed', async () => {
    const occupied = await projector({ ...old.env }, 'restore', backupFolder);
    expect([occupied.code, occupied.output]).toEqual([2, expect.stringContaining('not empty')]);

    const broken = join(folder, 'broken');
    await cp(backupFolder, broken, { recursive: true });
    await truncate(join(broken, 'DELTAS.stream'), 1_000);
    const { url } = await createDatabase();
    const refused = await projector({ ...old.env, DATABASE_URL: url }, 'restore', broken);
    expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('DELTAS.stream is not what')]);
  });

  it('brings back, on other servers and with the kept keys, the same balances, roots and heads', async () => {
    await Promise.all(apps.map((app) => app.stop()));
    nats = await startNats();
    const env: Record<string, string> = {
      NATS_URL: nats.url,
      NATS_MONITOR_URL: nats.monitorUrl,
      DATABASE_URL: (await createDatabase()).url,
      REDIS_URL: (await createRedis()).url,
      LANES: String(old.lanes),
      LOG_ORIGIN_HOST: 'logs.test',
      ...Object.fromEntries(
        (await readFile(keysFile, 'utf8'))
          .trim()
          .split('\n')
          .map((line) => line.split('=')),
      ),
    };
    expect(await projector(env, 'restore', backupFolder)).toMatchObject(DONE);
    apps = await startApps(env);
    const api = new Api(apps[0]!.baseUrl, old.keys.acme);

    // The old API key is known; balances, and checkpoints asked for again, are what they were.
    expect(await see(api)).toEqual(before);
    for (const root of before.roots) {
      const { body } = await api.get(`/api/v1/verify/${root}`);
      expect(body.data).toMatchObject({ verified: true, proofRoot: root });
    }
    // A fact that was recorded is not recorded again.
    const again = await api.emit(
      { customerId: 'alpha', delta: '0.000000000001', reason: 'usage', referenceId: 'alpha 0' },
      'alpha 0',
    );
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    // Of what came while the backup ran, a part may be missing, and nothing is there that was not sent.
    for (const customer of load.customers) {
      const { status, body } = await api.derive(customer, 'view=totals');
      const sent = load.claims.filter(({ customerId }) => customerId === customer).length;
      expect(status === 404 || body.data.deltasCount <= sent).toBe(true);
    }
    // And it goes on: more is recorded, sealed, and put under a head that follows from the last one.
    expect((await api.emit({ customerId: 'alpha', delta: 1, reason: 'usage' })).status).toBe(201);
    const sealed = await api.post('/api/v1/balance/checkpoint', { customerId: 'alpha' });
    expect(sealed.body.data).toMatchObject({ deltasCount: 301 });

    // What the checkpointer had closed by itself is in the ledger, too, before its writer is stopped.
    const [gateway, writer, checkpointer] = apps as [SpawnedApp, SpawnedApp, SpawnedApp];
    await checkpointer.stop();
    await waitFor(
      async () => (await api.get('/api/v1/balance/customers/summary')).body.data.position.consistent,
    );
    await Promise.all([gateway.stop(), writer.stop()]);
    const rebuilt = await projector(env, 'rebuild', '--swap', 'equal');
    expect(rebuilt).toMatchObject(DONE);
    expect(await projector(env, 'check')).toMatchObject({
      code: 0,
      output: expect.stringContaining('the ledger, the cache and the log agree'),
    });
  });
});
