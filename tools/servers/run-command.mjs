import { ServerError } from './server-error.mjs';
import { supervise } from './supervise.mjs';

/** From each end: some tools say first what is wrong, others last. */
const EXCERPT_LINES = 20;

/**
 * Runs a command to its end, which comes with ours at the latest.
 * @param {string[]} command
 * @param {import('./supervise.mjs').SuperviseOptions & {
 *   onSpawn?: (child: import('./supervise.mjs').Supervised) => void,
 * }} options
 * @returns {Promise<string>} what it wrote
 * @throws {ServerError} SETUP_FAILED when its exit code is not 0
 */
export async function runCommand(command, { onSpawn, ...options }) {
  const child = await supervise(command, options);
  onSpawn?.(child);
  const { code } = await child.exited;
  if (code === 0) return child.output();
  throw new ServerError(
    'SETUP_FAILED',
    `${options.name} failed with code ${code}:\n${excerpt(child.output())}`,
  );
}

/** @param {string} text */
function excerpt(text) {
  const lines = text.trimEnd().split('\n');
  if (lines.length <= 2 * EXCERPT_LINES) return lines.join('\n');
  return [...lines.slice(0, EXCERPT_LINES), '…', ...lines.slice(-EXCERPT_LINES)].join('\n');
}
