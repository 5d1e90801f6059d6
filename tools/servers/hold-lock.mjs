import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a lock that the kernel frees when this process ends, however it ends: a child holds it that reads our pipe.
 * @param {string} file made when it is not there, never removed
 * @param {number} waitS 0: do not wait
 * @returns {Promise<(() => void) | undefined>} what frees it; undefined when somebody else still has it
 */
export function holdLock(file, waitS) {
  mkdirSync(dirname(file), { recursive: true });
  const wait = waitS > 0 ? ['-w', String(waitS)] : ['-n'];
  const child = spawn('flock', [...wait, file, 'sh', '-c', 'echo held; exec cat'], {
    detached: true, // Ctrl-C in the terminal is for us to handle, with the lock still held
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.unref();
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new Error('flock (package util-linux) is needed and could not be run', { cause }));
    });
    child.once('exit', () => resolve(undefined));
    child.stdout.once('data', () => {
      // Neither keeps this process alive: its end is what frees the lock.
      /** @type {import('node:net').Socket} */ (child.stdout).unref();
      /** @type {import('node:net').Socket} */ (/** @type {unknown} */ (child.stdin)).unref();
      resolve(() => child.stdin.end());
    });
  });
}
