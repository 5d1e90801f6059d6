import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { jetstream, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connectLog } from '@pacspace/log';
import {
  createDatabase,
  createRedis,
  sharedServers,
  type SpawnedApp,
  startNats as startTestNats,
  waitFor,
} from '@pacspace/testing';
import { migrate } from '@pacspace/ledger';
import { startNats } from '../../tools/servers/index.mjs';
import { abandonLoads, Load } from '../system/load.js';
import { readHealth, readMetric } from '../system/operations.js';
import { startSystem, type System } from '../system/start-system.js';
import { verifyLoad } from '../system/verify-load.js';

const MIB = 2 ** 20;
const STORE_BYTES = 24 * MIB;

/** A log on little room, how to use that room up, and how to give it back. */
interface SmallLog {
  readonly nats: { readonly url: string; readonly monitorUrl: string };
  fill(): Promise<void>;
  free(): unknown;
  stop(): Promise<void>;
}

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  abandonLoads();
  for (const end of ends.reverse()) await end();
  ends = [];
}, 60_000);

/** The server's own limit, used up by another stream. */
async function startLimitedLog(): Promise<SmallLog> {
  const nats = await startTestNats({ maxStoreBytes: STORE_BYTES });
  const connection = await connectLog({ url: nats.url, name: 'ballast' });
  const manager: JetStreamManager = await jetstreamManager(connection);
  return {
    nats,
    fill: async () => {
      await manager.streams.add({ name: 'BALLAST', subjects: ['ballast'] });
      const client = jetstream(connection);
      await fillUp((bytes) => client.publish('ballast', Buffer.alloc(bytes)));
    },
    free: () => manager.streams.delete('BALLAST'),
    stop: async () => {
      await connection.close();
      await nats.stop();
    },
  };
}

/**
 * A file system of its own, used up by a file. It is mounted in a name space that only the server is in, so that it ends
 * with the server, however that ends.
 */
async function startLogOnSmallDisk(): Promise<SmallLog> {
  const dataDir = mkdtempSync(join(sharedServers().runDir, 'small-'));
  const disk = join(dataDir, 'data');
  mkdirSync(disk);
  const { nats: binary } = sharedServers().binaries;
  const path = join(dataDir, 'nats-server-on-small-disk');
  const mountThenExec = `mount -t tmpfs -o size=${STORE_BYTES} tmpfs '${disk}' && exec '${binary.path}' "$@"`;
  writeFileSync(
    path,
    `#!/bin/sh\nexec unshare --mount sh -c '${mountThenExec.replaceAll("'", "'\\''")}' sh "$@"\n`,
  );
  chmodSync(path, 0o755);
  const nats = await startNats({ binary: { ...binary, path }, dataDir });
  const ballast = join(`/proc/${nats.pid}/root`, disk, 'ballast');
  return {
    nats,
    fill: async () => {
      const file = openSync(ballast, 'w');
      await fillUp((bytes) => writeSync(file, Buffer.alloc(bytes)));
      closeSync(file);
    },
    free: () => rmSync(ballast),
    stop: () => nats.stop(),
  };
}

/** Larger pieces first, then ever smaller ones, until nothing fits any more. */
async function fillUp(put: (bytes: number) => unknown): Promise<void> {
  for (let bytes = MIB; bytes >= 16; bytes /= 2) {
    for (let fits = true; fits;) {
      try {
        await put(bytes);
      } catch {
        fits = false;
      }
    }
  }
}

/** Only root may, and in many containers not even root: then the server's limit alone stands for a full disk. */
function mayMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

const KINDS: [string, () => Promise<SmallLog>][] = [['limit', startLimitedLog]];
if (mayMount()) KINDS.push(['disk', startLogOnSmallDisk]);

const WARM = 40;
const RECOVERY = { timeoutMs: 30_000, everyMs: 50 };

async function startOn(log: SmallLog): Promise<{ system: System; gateway: SpawnedApp }> {
  const [database, redis] = await Promise.all([createDatabase({ name: 'ledger', migrate }), createRedis()]);
  const system = await startSystem({ nats: log.nats, databaseUrl: database.url, redisUrl: redis.url }, 2);
  const [gateway, projector] = await Promise.all([system.spawnGateway(), system.spawnProjector()]);
  ends.push(
    () => system.close(),
    () => Promise.all([gateway.stop(), projector.stop()]),
  );
  return { system, gateway };
}

describe('a log that is full', () => {
  it.each(KINDS)(
    'to its %s takes nothing and says so, and goes on when there is room again',
    async (kind, start) => {
      const log = await start();
      ends.push(() => log.stop());
      const { system, gateway } = await startOn(log);
      const api = system.apiOf(gateway);
      const load = new Load({ name: `full_${kind}`, apis: () => [api] });
      await waitFor(() => load.acknowledged > WARM, RECOVERY);

      await log.fill();
      await waitFor(() => load.refusals > 0, RECOVERY);
      const { acknowledged } = load;
      expect((await readHealth(gateway)).checks['publish']).toBe('degraded');
      expect(await readMetric(gateway, 'pacspace_unhealthy_checks', { check: 'publish' })).toBe(1);
      expect(await readMetric(gateway, 'pacspace_failed_publishes_total')).toBeGreaterThan(0);
      // What is recorded can be read all the same.
      const { status, body } = await api.derive(load.customers[0]!);
      expect([status, body.data.position.consistent]).toEqual([200, true]);
      expect(load.acknowledged).toBe(acknowledged);

      await log.free();
      await waitFor(() => load.acknowledged > acknowledged + WARM, RECOVERY);
      expect((await readHealth(gateway)).checks['publish']).toBe('ok');
      await load.stop();
      await verifyLoad(system, load, api);
    },
    120_000,
  );
});
