import { connect, type NatsConnection } from '@nats-io/transport-node';
import { LogError } from './errors.js';

export interface LogConnectionOptions {
  /** One or several servers of a cluster, as a list or comma separated: nats://token@host:4222 */
  readonly url: string | readonly string[];
  /** Shown in the server's connection list. */
  readonly name: string;
  /** Told of every change, for health and log: "disconnect", "reconnect", "ldm", … */
  readonly onStatus?: (type: string) => void;
}

/**
 * Connects, and stays connected: reconnects without end, since a log that is away comes back and everything waits
 * for it in bounded queues meanwhile.
 *
 * @throws LogError UNAVAILABLE when the first connection cannot be made.
 */
export async function connectLog(options: LogConnectionOptions): Promise<NatsConnection> {
  const urls = [options.url].flat().join(',');
  let connection: NatsConnection;
  try {
    connection = await connect({
      ...parseServers(urls),
      name: options.name,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
      // A dead peer is noticed after two missed pings.
      pingInterval: 5_000,
      maxPingOut: 2,
      timeout: 5_000,
      // Else each request and publish captures two stacks for an error that it will hardly ever have.
      noAsyncTraces: true,
    });
  } catch (cause) {
    throw new LogError('UNAVAILABLE', `cannot connect to NATS at ${describeServers(urls)}`, { cause });
  }
  void reportStatus(connection, options.onStatus);
  return connection;
}

/** Credentials in the URL become options: the client takes them only there. */
function parseServers(list: string): { servers: string[]; token?: string; user?: string; pass?: string } {
  const urls = list.split(',').map((text) => new URL(text.trim()));
  const servers = urls.map((url) => `${url.protocol}//${url.host}`);
  const first = urls[0];
  if (first === undefined || first.username === '') return { servers };
  const user = decodeURIComponent(first.username);
  return first.password === ''
    ? { servers, token: user }
    : { servers, user, pass: decodeURIComponent(first.password) };
}

/** The addresses without their credentials, for messages. */
function describeServers(list: string): string {
  return list.replace(/\/\/[^@/,]*@/g, '//');
}

async function reportStatus(
  connection: NatsConnection,
  onStatus: ((type: string) => void) | undefined,
): Promise<void> {
  for await (const status of connection.status()) onStatus?.(status.type);
}
