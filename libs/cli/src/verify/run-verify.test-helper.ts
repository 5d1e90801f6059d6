import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../command.js';
import { TextSink } from '../import/run-cli.test-helper.js';
import { run } from '../run.js';

/** A case of tests/vectors/receipts.json or statements.json. */
export interface Vector {
  readonly name: string;
  readonly receipt?: unknown;
  readonly statement?: unknown;
  readonly keys: readonly string[];
  readonly expected: { readonly verdict: string };
}

export function readVectors(file: string): {
  readonly cases: Vector[];
  readonly asText?: { readonly text: string };
} {
  const url = new URL(`../../../../tests/vectors/${file}`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as ReturnType<typeof readVectors>;
}

/** A folder with files to verify, removed in the end. */
export class VerifyFolder {
  private readonly path = mkdtempSync(join(tmpdir(), 'pacspace-verify-'));

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.path, name), content);
    return name;
  }

  /** Runs `pacspace verify ARGS` in the folder. */
  async verify(
    args: readonly string[],
    env: CommandContext['env'] = {},
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const [stdout, stderr] = [new TextSink(), new TextSink()];
    const interrupted = new AbortController().signal;
    const code = await run(['verify', ...args], { env, cwd: this.path, stdout, stderr, interrupted });
    return { code, out: stdout.text, err: stderr.text };
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

export const keyArgs = (keys: readonly string[]): string[] => keys.flatMap((key) => ['--key', key]);
