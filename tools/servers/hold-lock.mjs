import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a lock that the kernel frees when this process ends, however it ends: a child holds it that reads our pipe.
 * @param {string} file made when it is not there, never removed
 * @param {number} waitS 0: do not wait
 * @returns {Promise<(() => Promise<void>) | undefined>} what frees it; undefined when somebody else still has it
 */
export function holdLock(file, waitS) {
  mkdirSync(dirname(file), { recursive: true });
  const wait = waitS > 0 ? ['-w', String(waitS)] : ['-n'];
  const child = spawn('flock', [...wait, file, 'sh', '-c', 'echo held; exec cat'], {
    detached: true, // Ctrl-C in the terminal is for us to handle, with the lock still held
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(child, 'exit').catch(() => undefined);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new Error('flock (package util-linux) is needed and could not be run', { cause }));
    });
    child.once('exit', () => resolve(undefined));
    child.stdout.once('data', () => {
      // None of it keeps this process alive: its end is what frees the lock.
      child.unref();
      for (const pipe of [child.stdout, child.stdin]) asSocket(pipe).unref();
      resolve(async () => {
        child.ref();
        child.stdin.end();
        await gone;
      });
    });
  });
}

/** @param {unknown} pipe the types do not say so, but it is one */
function asSocket(pipe) {
  return /** @type {import('node:net').Socket} */ (pipe);
}
