import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort, sharedServers, waitFor } from '@pacspace/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { descendantsOf } from '../../tools/servers/index.mjs';

const launcherPath = join(import.meta.dirname, '../../tools/start.mjs');
const READY = 'Ctrl-C stops everything';

interface Dev {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly account: { readonly email: string; readonly password: string };
  readonly apps: Record<string, { readonly pid: number }>;
}

interface Launcher {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly exitCode: Promise<number | null>;
}

let launchers: Launcher[] = [];
afterEach(async () => {
  for (const { process, exitCode } of launchers) {
    process.kill('SIGKILL');
    await exitCode;
  }
  launchers = [];
});

function run(dataDir: string, port: number): Launcher {
  const child = spawn(process.execPath, [launcherPath], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const exitCode = once(child, 'exit').then(([code]) => code as number | null);
  const launcher = { process: child, output: () => output, exitCode };
  launchers.push(launcher);
  return launcher;
}

/** Starts it and waits until it says that it is ready. */
async function start(dataDir: string, port: number) {
  const launcher = run(dataDir, port);
  await waitFor(() => launcher.output().includes(READY) || launcher.process.exitCode !== null, {
    timeoutMs: 90_000,
  });
  if (!launcher.output().includes(READY)) throw new Error(`npm start failed:\n${launcher.output()}`);
  const dev = JSON.parse(readFileSync(join(dataDir, 'dev.json'), 'utf8')) as Dev;
  return { ...launcher, dev, family: descendantsOf(launcher.process.pid!) };
}

async function ask(dev: Dev, path: string, body?: unknown): Promise<{ data: Record<string, unknown> }> {
  const answer = await fetch(`${dev.baseUrl}/api/v1/balance/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'X-Api-Key': dev.apiKey, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as { data: Record<string, unknown> };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const goneWithin = (family: number[], timeoutMs: number) =>
  waitFor(() => !family.some(isAlive), { timeoutMs });

describe('npm start', () => {
  it('serves; keeps data and key over a restart; is alone on its data; leaves nothing running', async () => {
    const dataDir = mkdtempSync(join(sharedServers().runDir, 'start-'));
    const port = await freePort();

    const first = await start(dataDir, port);
    expect(first.dev.baseUrl).toBe(`http://127.0.0.1:${port}`);
    expect(statSync(join(dataDir, 'dev.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(first.output()).toContain(`-H 'X-Api-Key: ${first.dev.apiKey}'`);
    const emitted = await ask(first.dev, 'delta', { customerId: 'c1', delta: '0.30', reason: 'e2e' });
    expect(emitted.data['durability']).toBe('fsync');
    const login = await fetch(`${first.dev.baseUrl}/dashboard/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(first.dev.account),
    });
    expect(login.status).toBe(201);

    const second = run(dataDir, await freePort());
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toContain(`in use by another \`npm start\` (pid ${first.process.pid!}`);
    const elsewhere = run(mkdtempSync(join(sharedServers().runDir, 'start-')), port);
    expect(await elsewhere.exitCode).toBe(1);
    expect(elsewhere.output()).toContain(`port ${port} is taken`);

    first.process.kill('SIGTERM');
    expect(await first.exitCode).toBe(0);
    expect(first.family.filter(isAlive)).toEqual([]);

    const again = await start(dataDir, port);
    expect(again.dev.apiKey).toBe(first.dev.apiKey);
    expect((await ask(again.dev, 'derive/c1')).data['computedBalanceExact']).toBe('0.3');
    again.process.kill('SIGKILL');
    await goneWithin(again.family, 40_000);
  }, 240_000);

  it('ends as a whole, and says why, when one of its parts dies', async () => {
    const dataDir = mkdtempSync(join(sharedServers().runDir, 'start-'));
    const { process: launcher, dev, family, exitCode, output } = await start(dataDir, await freePort());
    process.kill(dev.apps['projector']!.pid, 'SIGKILL');
    expect(await exitCode).toBe(1);
    expect(output()).toContain('projector ended by itself');
    expect(launcher.exitCode).toBe(1);
    expect(family.filter(isAlive)).toEqual([]);
  }, 120_000);
});
