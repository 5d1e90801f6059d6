import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/pacspace.mjs', import.meta.url));

export interface CliRun {
  readonly process: ChildProcess;
  readonly done: Promise<CliResult>;
}

export interface CliResult {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given on standard input. */
  readonly input?: string;
  /** Before the arguments of pacspace. */
  readonly nodeFlags?: readonly string[];
}

/** Starts `pacspace ARGS` as npm's link does, with nothing of this process's environment but the PATH. */
export function startCli(args: readonly string[], { cwd, env, input, nodeFlags = [] }: CliOptions): CliRun {
  const child = spawn(process.execPath, [...nodeFlags, BIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  // It may end without reading: that is its answer, not a failure of the test.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const done = new Promise<CliResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? undefined, stdout, stderr }));
  });
  return { process: child, done };
}

/** Keeps what is written to it. */
export class TextSink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
