import type { Server } from 'node:http';

/** Often enough that a drained server does not hold the shut-down up, seldom enough to cost nothing. */
const SWEEP_MS = 25;

/**
 * Closes an HTTP server when the last request that it has is answered.
 *
 * `server.close()` alone ends the connections that are idle at that moment; one whose request is answered later stays open
 * until its keep-alive runs out (Fastify: 72 s), and the shut-down with it. So idle ones are ended again and again, and
 * what still comes in on an open connection is told that it is the last.
 * @param close what closes the server: a framework's own `close`, which also runs its hooks; else the server's.
 */
export async function drainHttpServer(server: Server, close?: () => Promise<unknown>): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('connection', 'close'));
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  try {
    await (close === undefined ? closeServer(server) : close());
  } finally {
    clearInterval(sweep);
  }
}

async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
