import { type ChildProcess, spawn } from 'node:child_process';
import { noteRunning } from './running.js';

/** What a program came to. */
export interface Ended {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, as they came. */
  readonly output: string;
}

export interface RunningProgram {
  readonly process: ChildProcess;
  /** All that it has written so far. */
  readonly output: () => string;
  readonly ended: Promise<Ended>;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Beside the PATH, which is all that it gets of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input; default: nothing. */
  readonly input?: string;
}

/** Starts a program as somebody does who types it; one that still runs at the end of the file fails it. */
export function startProgram(command: readonly string[], options: ProgramOptions = {}): RunningProgram {
  const { cwd, env, input = '' } = options;
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env: { PATH: process.env['PATH'], ...env } });
  let [stdout, stderr, output] = ['', '', ''];
  const note = (chunk: Buffer): string => {
    const text = chunk.toString();
    output += text;
    return text;
  };
  child.stdout.on('data', (chunk: Buffer) => (stdout += note(chunk)));
  child.stderr.on('data', (chunk: Buffer) => (stderr += note(chunk)));
  // It may end without reading: that is its answer, not a failure of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      noteEnded();
      resolve({ code, stdout, stderr, output });
    });
  });
  const noteEnded = noteRunning({
    name: command.join(' '),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  });
  return { process: child, output: () => output, ended };
}

/** Runs a program to its end. */
export const runProgram = (command: readonly string[], options?: ProgramOptions): Promise<Ended> =>
  startProgram(command, options).ended;
