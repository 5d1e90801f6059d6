import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that Linux gives to outgoing connections, any of which may take one between our look and our use. */
const FIRST_PORT = 16_000;
const PORTS = 16_000;
const TRIES = 100;

/**
 * A TCP port of 127.0.0.1 that is free now. Another process may take it before you do: whoever binds it tries again
 * with another one.
 * @returns {Promise<number>}
 */
export async function freePort() {
  for (let i = 0; i < TRIES; i += 1) {
    const port = await tryPort(FIRST_PORT + randomInt(PORTS));
    if (port !== undefined) return port;
  }
  throw new Error('no free port on 127.0.0.1');
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isPortFree(port) {
  return (await tryPort(port)) !== undefined;
}

/**
 * @param {number} port
 * @returns {Promise<number | undefined>} the port, or undefined when it is taken or not ours to take
 */
function tryPort(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
