import { readFileSync, readdirSync } from 'node:fs';

/**
 * SIGKILL to a process and all its descendants: what a power cut is to a Postgres and its backends. Parents first, so
 * that none has the time to start another.
 * @param {number} pid
 */
export function killTree(pid) {
  for (const victim of [pid, ...descendantsOf(pid)]) {
    try {
      process.kill(victim, 'SIGKILL');
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * @param {number} pid
 * @returns {number[]} process ids below `pid`, parents before children
 */
export function descendantsOf(pid) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined;
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found.slice(1);
}

/**
 * @param {number} pid
 * @returns {number | undefined} undefined when there is no such process
 */
export function parentOf(pid) {
  try {
    // `pid (name) state ppid …`, and the name may hold anything: count from its closing parenthesis.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it ended while we looked
  }
}
