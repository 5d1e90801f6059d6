import { createServer } from 'node:net';

/**
 * A TCP port of 127.0.0.1 that is free now. Another process may take it before you do: whoever binds it tries again
 * with another one.
 * @returns {Promise<number>}
 */
export async function freePort() {
  const port = await tryPort(0);
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  return port;
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isPortFree(port) {
  return (await tryPort(port)) !== undefined;
}

/**
 * @param {number} port 0: any
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
