import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the kernel's own clock (proc(5), USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * CPU seconds that a process has used, with its children, those that have ended among them. Other than the time on a
 * clock it says what work costs also while something else uses the machine.
 */
export function cpuSeconds(pid: number): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const children = processes.filter((process) => process.parent === pid);
  const own = processes.find((process) => process.pid === pid);
  const ticks = children.reduce(
    (sum, child) => sum + child.ownTicks,
    (own?.ownTicks ?? 0) + (own?.endedTicks ?? 0),
  );
  return ticks / TICKS_PER_SECOND;
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly ownTicks: number;
  /** Of children that have ended. */
  readonly endedTicks: number;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; after it come the state, the parent, and so on.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const at = (index: number): number => Number(fields[index]);
    return { pid, parent: at(1), ownTicks: at(11) + at(12), endedTicks: at(13) + at(14) };
  } catch {
    return undefined; // ended meanwhile
  }
}
