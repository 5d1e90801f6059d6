import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Postgres refuses to run as root. When we are root, this is the user that it runs as, and how.
 * @typedef {object} ServerUser
 * @property {number} uid
 * @property {number} gid
 * @property {(command: string[]) => string[]} run the command that runs `command` as this user
 */

/**
 * @param {string} dataDir whoever owns it already is taken, as it may have been made when we were not root
 * @param {string[]} programs what the user must be able to reach beside it
 * @returns {ServerUser | undefined} undefined when we are not root: then everything runs as ourselves
 */
export function serverUser(dataDir, programs) {
  if (process.getuid?.() !== 0) return undefined;
  const owner = statSync(dataDir, { throwIfNoEntry: false });
  const { uid, gid } = owner && owner.uid > 0 ? owner : findUser();
  const identity = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  // A checkout below /root cannot be reached by anybody else. Root may lend the one right that passes closed folders;
  // no_setuid_fixup makes it count for access(2) too, by which initdb looks for its neighbour postgres.
  const passage = [
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--securebits=+no_setuid_fixup',
  ];
  const how = [dataDir, ...programs].every(isOpenToAll) ? identity : [...identity, ...passage];
  return { uid, gid, run: (command) => ['setpriv', ...how, '--', ...command] };
}

function findUser() {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = users.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? [];
    if (name && Number(uid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  return { uid: 65534, gid: 65534 };
}

/** @param {string} path */
function isOpenToAll(path) {
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}
