import { TabularError } from '@pacspace/tabular';

/** What the process answers with; scripts rely on these, `pacspace --help` states them. */
export const EXIT = {
  ok: 0,
  /** Done, and some rows were rejected. */
  rejects: 1,
  /** The command line or the file is not what the command takes; nothing was sent. */
  usage: 2,
  /** The server could not be reached, or refused the key. */
  server: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export type CliErrorCode =
  /** Options that are missing, unknown, or exclude each other. */
  | 'USAGE'
  /** A file that cannot be read as what it is said to be. */
  | 'INPUT'
  /** No answer from the server within the time allowed. */
  | 'UNREACHABLE'
  /** The server does not take this key, or not for this. */
  | 'NOT_AUTHORISED'
  /** The server's answer leaves nothing to try again. */
  | 'REFUSED';

/** Everything that ends a command and is not a bug: the message is for the person at the terminal. */
export class CliError extends Error {
  constructor(
    readonly code: CliErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CliError';
  }

  get exitCode(): ExitCode {
    return this.code === 'USAGE' || this.code === 'INPUT' ? EXIT.usage : EXIT.server;
  }
}

/** What is wrong with a file is for the person at the terminal; anything else stays what it is. */
export function toCliError(error: unknown): unknown {
  return error instanceof TabularError ? new CliError('INPUT', error.message, { cause: error }) : error;
}
