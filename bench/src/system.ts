import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  builtScript,
  projectNode,
  provideBinaries,
  startApp,
  startNats,
  startPostgres,
  startRedis,
} from '../../tools/servers/index.mjs';

const LANES = 4;

export type App = Awaited<ReturnType<typeof startApp>>;

/** Private servers and the project's own apps on them, in a folder of their own that goes with them. */
export class System {
  private readonly ends: (() => Promise<unknown>)[] = [];
  readonly apps = new Map<string, App>();

  private constructor(
    readonly dir: string,
    readonly env: Record<string, string>,
    readonly apiKey: string,
    readonly postgresPid: number,
  ) {}

  /** @param sharedBuffersMb Postgres's own memory; the rest of the machine caches for it. */
  static async start({ sharedBuffersMb = 512 } = {}): Promise<System> {
    const binaries = await provideBinaries({});
    const dir = mkdtempSync(join(tmpdir(), 'pacspace-bench-'));
    chmodSync(dir, 0o711);
    const postgres = await startPostgres({
      binary: binaries.postgres,
      dataDir: join(dir, 'pg'),
      sharedBuffersMb,
    });
    const redis = await startRedis({ binary: binaries.redis, dataDir: join(dir, 'redis') });
    const nats = await startNats({ binary: binaries.nats, dataDir: join(dir, 'nats') });
    const apiKey = `pk_test_${randomBytes(8).toString('hex')}.${randomBytes(32).toString('base64url')}`;
    const env = {
      NATS_URL: nats.url,
      NATS_MONITOR_URL: `http://127.0.0.1:${nats.monitorPort}`,
      REDIS_URL: redis.url,
      DATABASE_URL: postgres.url,
      LANES: String(LANES),
      KEY_PEPPER: randomBytes(32).toString('hex'),
      WEBHOOK_KEY: randomBytes(32).toString('hex'),
      WEBHOOK_ALLOW_HTTP: 'true',
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      LOG_LEVEL: 'warn',
      DEMO_API_KEY: apiKey,
    };
    const system = new System(dir, env, apiKey, postgres.pid);
    system.ends.push(
      () => nats.stop(),
      () => redis.stop(),
      () => postgres.stop(),
    );
    try {
      await system.run('projector', 'main', ['migrate']);
      await system.run('gateway', 'seed-demo', []);
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  async startApp(name: string, env: Record<string, string> = {}): Promise<App> {
    const app = await startApp({
      name,
      env: { ...this.env, ...env },
      logFile: join(this.dir, `${name}.log`),
    });
    this.apps.set(name, app);
    return app;
  }

  async stopApp(name: string): Promise<void> {
    await this.apps.get(name)?.stop();
    this.apps.delete(name);
  }

  /** Runs one of an app's scripts to its end; @returns what it printed. */
  async run(app: string, script: string, args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(projectNode(), [builtScript(app, script), ...args], {
      env: { ...process.env, ...this.env },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  /** Resident memory of an app, MB: now, and the most it has been. */
  memory(name: string): { nowMb: number; peakMb: number } {
    const app = this.apps.get(name);
    if (app === undefined) throw new Error(`${name} does not run`);
    const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
    const read = (field: string): number =>
      Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024);
    return { nowMb: read('VmRSS'), peakMb: read('VmHWM') };
  }

  async stop(): Promise<void> {
    for (const app of this.apps.values()) await app.stop();
    for (const end of this.ends) await end();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
