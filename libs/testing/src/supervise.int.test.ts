import { afterAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import {
  descendantsOf,
  holdLock,
  startNats,
  startPostgres,
  startRedis,
  supervise,
} from '../../../tools/servers/index.mjs';
import { noteRunning } from './running.js';
import { sharedServers } from './shared-servers.js';
import { waitFor } from './wait-for.js';

const toolsUrl = new URL('../../../tools/servers/index.mjs', import.meta.url).href;
const { binaries, runDir } = sharedServers();
const newDir = (): string => mkdtempSync(join(runDir, 'supervise-'));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A process of its own that starts all three servers below `dir` and says their pids. */
async function startLauncher(dir: string): Promise<{ launcher: ChildProcess; pids: number[] }> {
  const script = `
    import * as s from ${JSON.stringify(toolsUrl)};
    const { nats, redis, postgres } = ${JSON.stringify(binaries)};
    const all = await Promise.all([
      s.startNats({ binary: nats, dataDir: ${JSON.stringify(join(dir, 'nats'))} }),
      s.startRedis({ binary: redis, dataDir: ${JSON.stringify(join(dir, 'redis'))} }),
      s.startPostgres({ binary: postgres, dataDir: ${JSON.stringify(join(dir, 'postgres'))}, fsync: false }),
    ]);
    console.log(JSON.stringify(all.map((server) => server.pid)));`;
  const launcher = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: launcher.stdout }), 'line')) as [string];
  return { launcher, pids: JSON.parse(line) as number[] };
}

describe('a supervised process', () => {
  it('ends when its starter is killed with SIGKILL, with all its children and supervisors', async () => {
    const dir = newDir();
    const { launcher, pids } = await startLauncher(dir);
    const family = descendantsOf(launcher.pid!);
    expect(pids.every((pid) => family.includes(pid))).toBe(true);
    expect(family.length).toBeGreaterThan(pids.length * 3); // supervisors, watchers, Postgres' own children
    launcher.kill('SIGKILL');
    await waitFor(() => family.filter(isAlive).length === 0, { timeoutMs: 20_000 });

    // No stale lock or pid file is in the way of the next one.
    const next = await startLauncher(dir);
    next.launcher.kill('SIGKILL');
    await waitFor(() => next.pids.filter(isAlive).length === 0, { timeoutMs: 20_000 });
  });

  it('is killed when it does not heed the stop signal within its grace', async () => {
    const logFile = join(newDir(), 'log');
    const deaf = ['sh', '-c', 'trap "" TERM; echo deaf; while :; do sleep 0.05; done'];
    const child = await supervise(deaf, { name: 'deaf', logFile, graceS: 1 });
    await waitFor(() => child.output() === 'deaf\n');
    const stoppedAt = performance.now();
    expect(await child.stop()).toEqual({ code: 137 });
    expect(performance.now() - stoppedAt).toBeGreaterThan(900);
    expect(isAlive(child.pid)).toBe(false);
  });

  it('leaves nothing of its supervisor behind, even when stopped at once', async () => {
    const logFile = join(newDir(), 'log');
    for (let round = 0; round < 20; round += 1) {
      const child = await supervise(['sleep', '60'], { name: 'sleep', logFile, graceS: 30 });
      const family = descendantsOf(process.pid).filter((pid) => pid >= child.pid);
      expect(await child.stop()).toEqual({ code: 143 });
      expect(family.filter(isAlive)).toEqual([]);
    }
  });

  it('says what the program said when it cannot be started', async () => {
    const logFile = join(newDir(), 'log');
    const child = await supervise(['/nonexistent/program'], { name: 'none', logFile });
    expect(await child.exited).toEqual({ code: 127 });
    expect(child.output()).toContain('/nonexistent/program');
  });
});

describe('a data directory in use', () => {
  const lockWaitS = 0.5;
  const kinds = {
    nats: (dataDir: string) => startNats({ binary: binaries.nats, dataDir, lockWaitS }),
    redis: (dataDir: string) => startRedis({ binary: binaries.redis, dataDir, lockWaitS }),
    postgres: (dataDir: string) =>
      startPostgres({ binary: binaries.postgres, dataDir, fsync: false, lockWaitS }),
  };

  it.each(Object.entries(kinds))('is refused to a second %s, and the first goes on', async (kind, start) => {
    const dataDir = newDir();
    const first = await start(dataDir);
    const ended = noteRunning({ name: kind, end: first.kill });
    await expect(start(dataDir)).rejects.toMatchObject({ name: 'ServerError', code: 'IN_USE' });
    expect(first.running()).toBe(true);
    await first.stop();
    ended();
    const second = await start(dataDir);
    await second.stop();
  });

  it('is not made twice by two Postgres that are started at the same time', async () => {
    const dataDir = newDir();
    const results = await Promise.allSettled([kinds.postgres(dataDir), kinds.postgres(dataDir)]);
    const started = results.filter((one) => one.status === 'fulfilled');
    const refused = results.filter((one) => one.status === 'rejected');
    expect(started).toHaveLength(1);
    expect(refused.map((one) => one.reason as unknown)).toEqual([
      expect.objectContaining({ code: 'IN_USE' }),
    ]);
    await started[0]!.value.stop();
  });
});

describe('a port that is taken', () => {
  it('is said, not waited for', async () => {
    const first = await startRedis({ binary: binaries.redis, dataDir: newDir() });
    const second = startRedis({ binary: binaries.redis, dataDir: newDir(), port: first.port });
    await expect(second).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    await first.stop();
  });
});

describe('a lock', () => {
  const file = join(newDir(), 'lock');
  let release: (() => Promise<void>) | undefined;
  afterAll(() => release?.());

  it('is held by one, and passes to another when it is released', async () => {
    const held = await holdLock(file, 0);
    expect(held).toBeDefined();
    expect(await holdLock(file, 0)).toBeUndefined();
    const waiting = holdLock(file, 5);
    void held?.();
    release = await waiting;
    expect(release).toBeDefined();
  });
});
