import { EXIT } from './errors.js';
import { holdYoungGeneration } from './hold-memory.js';
import { run } from './run.js';

/**
 * Runs the command line of this process and sets its exit code. The first Ctrl-C or SIGTERM asks the command to
 * finish; the second ends the process where it stands, which is safe: nothing is kept between runs.
 */
export async function main(): Promise<void> {
  const release = holdYoungGeneration();
  const interruption = new AbortController();
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // A reader that leaves early (`| head`) is no reason to stop sending what was asked for.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);

  process.exitCode = await run(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    interrupted: interruption.signal,
  });
  release();
  process.off('SIGINT', interrupt);
  process.off('SIGTERM', interrupt);
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
