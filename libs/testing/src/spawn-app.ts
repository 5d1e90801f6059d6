import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../../../tools/servers/index.mjs';
import { noteRunning } from './running.js';
import { sharedServers } from './shared-servers.js';

export interface SpawnedApp {
  readonly name: string;
  /** http://127.0.0.1:port: the gateway's API, or another app's health and metrics. */
  readonly baseUrl: string;
  /** Where it serves health and metrics; without HTTP of its own the same. */
  readonly operationsUrl: string;
  readonly port: number;
  readonly pid: number;
  running(): boolean;
  /** SIGTERM, and waits while it drains. @returns its exit code */
  stop(): Promise<number>;
  /** SIGKILL. @returns 137 */
  kill9(): Promise<number>;
  /** All that it has written so far. */
  logs(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts `apps/<name>` as it is deployed: its built main.js (run `npm run build` after a change), a process of its own,
 * configured by `env` alone. Resolves when it is ready. Give PORT to put it where an earlier one was.
 */
export async function spawnApp(name: string, env: Record<string, string>): Promise<SpawnedApp> {
  const logFile = join(mkdtempSync(join(sharedServers().runDir, `${name}-`)), `${name}.log`);
  const port = env['PORT'] === undefined ? {} : { port: Number(env['PORT']) };
  const app = await startApp({ name, env, logFile, ...port });
  const end = async (how: 'stop' | 'kill'): Promise<number> => {
    const { code } = await app[how]();
    noteEnded();
    return code;
  };
  const noteEnded = noteRunning({
    name: `${name} (pid ${app.pid})`,
    end: async () => {
      await end('kill');
    },
  });
  return {
    name,
    baseUrl: app.baseUrl,
    operationsUrl: app.operationsUrl,
    port: app.port,
    pid: app.pid,
    running: app.running,
    stop: () => end('stop'),
    kill9: () => end('kill'),
    logs: app.output,
    [Symbol.asyncDispose]: async () => {
      await end('stop');
    },
  };
}
