import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { CliError } from '../errors.js';
import type { Reject } from './map-rows.js';

const HEADER = 'line,column,value,reason\n';
const SHOWN_CHARACTERS = 200;
const BUFFER_CHARACTERS = 64 * 1024;

/**
 * The rejects as a CSV file: made when there is a first one, so that its being there means something. One left by an
 * earlier run is replaced, or removed when this run has none; any other file is left alone.
 */
export class RejectsFile {
  private descriptor: number | undefined;
  private buffer = '';

  private constructor(private readonly path: string) {}

  /** @throws CliError USAGE when another file stands there. */
  static prepare(path: string): RejectsFile {
    if (isOther(path)) {
      throw new CliError(
        'USAGE',
        `${path} is there and is no list of rejects: name another file with --rejects`,
      );
    }
    rmSync(path, { force: true });
    return new RejectsFile(path);
  }

  /** Undefined when nothing was rejected. */
  get written(): string | undefined {
    return this.descriptor === undefined ? undefined : this.path;
  }

  add({ line, column, value, reason }: Reject): void {
    if (this.descriptor === undefined) {
      this.descriptor = this.open();
      this.buffer = HEADER;
    }
    const cells = [String(line), column, value.slice(0, SHOWN_CHARACTERS), reason];
    this.buffer += `${cells.map(quote).join(',')}\n`;
    if (this.buffer.length > BUFFER_CHARACTERS) this.flush();
  }

  /** Synchronous: it is called from the middle of a turn, and a few kilobytes now and then are not worth waiting for. */
  flush(): void {
    if (this.descriptor === undefined) return;
    writeSync(this.descriptor, this.buffer);
    this.buffer = '';
  }

  close(): void {
    this.flush();
    if (this.descriptor !== undefined) closeSync(this.descriptor);
  }

  private open(): number {
    try {
      return openSync(this.path, 'w');
    } catch (error) {
      throw new CliError('USAGE', `cannot write the rejects: ${(error as Error).message}`, { cause: error });
    }
  }
}

function isOther(path: string): boolean {
  try {
    const descriptor = openSync(path, 'r');
    const head = Buffer.alloc(HEADER.length);
    const length = readSync(descriptor, head);
    closeSync(descriptor);
    return head.toString('utf8', 0, length) !== HEADER;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw new CliError('USAGE', `cannot use ${path} for rejects: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
