import type { Writable } from 'node:stream';
import type { ExitCode } from './errors.js';

/** What a command may touch of the process it runs in. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Results. */
  readonly stdout: Writable;
  /** Progress, notes, errors. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Aborted by the first Ctrl-C or SIGTERM: finish what is in flight, say where things stand, return. */
  readonly interrupted: AbortSignal;
}

/** One `pacspace NAME …`. A command is a file in commands/ that exports one of these, and a line in commands/index.ts. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  /** @throws CliError for everything that the person at the terminal can do something about. */
  readonly run: (args: readonly string[], context: CommandContext) => Promise<ExitCode>;
}
