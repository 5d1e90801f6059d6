import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from './logger.js';
import { answerOperations, OPERATIONS_PATHS, type OperationsSources } from './operations-routes.js';

export interface OperationsServerOptions extends OperationsSources {
  /** 0 takes a free port. */
  readonly port: number;
  readonly host?: string;
  readonly logger: Logger;
}

export interface OperationsServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * The health and metrics listener of an app without HTTP of its own (projector, comparer …): plain node:http.
 * Rejects when the port cannot be had.
 */
export async function startOperationsServer({
  port,
  host = '0.0.0.0',
  logger,
  ...sources
}: OperationsServerOptions): Promise<OperationsServer> {
  const server = createServer((request, response) => {
    answer(request, response, sources).catch((error: unknown) => {
      // A metric's collect function threw. The scraper sees a failed scrape, which is an alarm of its own.
      logger.error({ err: error, path: request.url }, 'operations request failed');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        // A scraper keeps its connection open; waiting for it would hold the shut-down up.
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  sources: OperationsSources,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end();
    return;
  }
  const path = request.url?.split('?', 1)[0];
  const known = OPERATIONS_PATHS.find((candidate) => candidate === path);
  const found = known === undefined ? undefined : await answerOperations(known, sources);
  if (found === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(found.status, { 'content-type': found.contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}
