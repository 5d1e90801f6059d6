import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** The one user that our servers know. */
export const USER = 'pacspace';

/**
 * The password kept in `file`, made at the first call: nobody else on the machine talks to our servers.
 * @param {string} file
 * @returns {string} URL-safe
 */
export function credential(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
  }
  const made = randomBytes(24).toString('base64url');
  writeFileSync(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}
