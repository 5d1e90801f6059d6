import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates.js';

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

/**
 * Receivers of webhooks, one at each path, which note all that comes to them.
 *
 * @param certificate over https, with this one; else http
 */
export async function startWebhookSink(certificate?: Certificate): Promise<WebhookSink> {
  const received: Received[] = [];
  const behaviours = new Map<string, Behaviour>();
  let connections = 0;
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
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
  };
  const server = certificate === undefined ? createServer(receive) : createTlsServer(certificate, receive);
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (path) => `http${certificate === undefined ? '' : 's'}://127.0.0.1:${port}${path}`,
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
