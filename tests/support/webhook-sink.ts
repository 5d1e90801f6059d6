import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came to a receiver. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly raw: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shape is what tests check
  readonly event: any;
  readonly atMs: number;
}

export type Behaviour = (received: Received, response: ServerResponse) => void;

export interface WebhookSink {
  urlOf(path: string): string;
  readonly received: readonly Received[];
  /** Those of a path that came and were answered by it. */
  at(path: string): Received[];
  /** How a path answers from now on; 204 unless told. */
  behave(path: string, behaviour: Behaviour): void;
  /** Connections that were opened so far. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Receivers of webhooks, one at each path, which note all that comes to them. */
export async function startWebhookSink(): Promise<WebhookSink> {
  const received: Received[] = [];
  const behaviours = new Map<string, Behaviour>();
  let connections = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const raw = Buffer.concat(chunks).toString('utf8');
      const { url: path = '', headers } = request;
      const one: Received = { path, headers, raw, event: JSON.parse(raw), atMs: Date.now() };
      received.push(one);
      const behaviour = behaviours.get(path);
      if (behaviour === undefined) response.writeHead(204).end();
      else behaviour(one, response);
    });
    request.on('error', () => undefined);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    received,
    at: (path) => received.filter((one) => one.path === path),
    behave: (path, behaviour) => behaviours.set(path, behaviour),
    get connections() {
      return connections;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
