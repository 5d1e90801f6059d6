import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { join } from 'node:path';
import * as servers from '../../../tools/servers/index.mjs';
import { noteRunning } from './running.js';
import { sharedServers } from './shared-servers.js';

/** A server of the test's own, which it may stop, kill and start again: same port, same data, same URL. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; it changes with every start. */
  readonly pid: number;
  readonly logFile: string;
  running(): boolean;
  /** Starts it again after stop() or kill(). */
  start(): Promise<void>;
  /** The orderly way. Call it at the end of the test, too: what is left running fails the file. */
  stop(): Promise<void>;
  /** SIGKILL to the server and all its processes, as a crash would. */
  kill(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface TestNats extends TestServer {
  /** Where the server tells whether it syncs; survives a restart, as the URL does. */
  readonly monitorUrl: string;
}

type Started = Awaited<ReturnType<typeof servers.startRedis>>;

/** A private nats-server with JetStream, `sync_interval: always`. The client takes the URL's credentials as options only. */
export async function startNats(options: { maxStoreBytes?: number } = {}): Promise<TestNats> {
  const binary = sharedServers().binaries.nats;
  let monitorPort: number | undefined;
  const server = await startPrivate('nats', async (dataDir, port) => {
    const started = await servers.startNats({
      binary,
      dataDir,
      ...options,
      ...(port === undefined ? {} : { port }),
      ...(monitorPort === undefined ? {} : { monitorPort }),
    });
    monitorPort = started.monitorPort;
    return started;
  });
  return Object.assign(server, { monitorUrl: `http://127.0.0.1:${String(monitorPort)}` });
}

/** A private redis-server, empty at every start. */
export function startRedis(options: { maxMemoryMb?: number } = {}): Promise<TestServer> {
  const binary = sharedServers().binaries.redis;
  return startPrivate('redis', (dataDir, port) =>
    servers.startRedis({ binary, dataDir, ...options, ...(port === undefined ? {} : { port }) }),
  );
}

/** A private PostgreSQL cluster: 1–2 s to make. A data base in the shared one (createDatabase) is far cheaper. */
export function startPostgres(
  options: { fsync?: boolean; sharedBuffersMb?: number; settings?: Record<string, string> } = {},
): Promise<TestServer> {
  const binary = sharedServers().binaries.postgres;
  return startPrivate('postgres', (dataDir, port) =>
    servers.startPostgres({ binary, dataDir, ...options, ...(port === undefined ? {} : { port }) }),
  );
}

async function startPrivate(
  kind: string,
  launch: (dataDir: string, port?: number) => Promise<Started>,
): Promise<TestServer> {
  const dataDir = await mkdtemp(join(sharedServers().dataDir, `${kind}-`));
  await chmod(dataDir, 0o711); // Postgres runs as another user when we are root
  let current = await launch(dataDir);
  const { url, port, logFile } = current;

  const stop = async (): Promise<void> => {
    await current.stop();
    noteEnded();
  };
  const note = () => noteRunning({ name: `${kind} (pid ${String(current.pid)})`, end: stop });
  let noteEnded = note();

  return {
    url,
    port,
    logFile,
    get pid() {
      return current.pid;
    },
    running: () => current.running(),
    start: async () => {
      if (current.running()) throw new Error(`${kind} is running`);
      current = await launch(dataDir, port);
      noteEnded = note();
    },
    stop,
    kill: async () => {
      await current.kill();
      noteEnded();
    },
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
