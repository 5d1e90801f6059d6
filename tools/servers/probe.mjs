import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 1_000;

/**
 * Says one thing to a TCP server and tells whether it answers as hoped: no client library is there yet when the
 * servers of a fresh checkout are started.
 * @param {number} port
 * @param {string} hello
 * @param {RegExp} answer
 * @returns {Promise<boolean>}
 */
export function probe(port, hello, answer) {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (/** @type {boolean} */ ready) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(false));
    socket.once('connect', () => socket.write(hello));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (answer.test(received)) finish(true);
    });
  });
}
