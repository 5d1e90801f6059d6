import type { IncomingMessage } from 'node:http';
import { ApiError } from '@pacspace/wire';
import { openStream } from './open-stream.js';
import type { Coding } from './read-body.js';

/** Longest line in bytes: a delta with the largest metadata, written wastefully, has half of it. */
export const MAX_LINE_BYTES = 64 * 1024;

/** A line of the body, or why it is none. */
export type Line = string | ApiError;

const LINE_FEED = 0x0a;

/** Keeps a byte order mark, which only the first line may have: it is dropped there. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The lines of a body as they arrive, in pieces of at most `most`; blank ones are left out. Memory holds one read
 * block and the beginning of one line, whatever the body: a line that is too long is thrown away as it arrives, and
 * told as one error in its place, as is a line that is not UTF-8.
 *
 * @throws ApiError when the body breaks off or is not valid gzip, after the lines that were whole.
 */
export async function* readLines(
  request: IncomingMessage,
  coding: Coding,
  most: number,
): AsyncGenerator<Line[]> {
  const cutter = new LineCutter();
  for await (const block of openStream(request, coding)) yield* inPieces(cutter.cut(block), most);
  yield* inPieces(cutter.end(), most);
}

function* inPieces(lines: readonly Line[], most: number): Generator<Line[]> {
  for (let from = 0; from < lines.length; from += most) yield lines.slice(from, from + most);
}

/** Cuts blocks of bytes into lines. */
export class LineCutter {
  /** The beginning of a line whose end has not come yet. */
  private rest: Buffer[] = [];
  private restBytes = 0;
  private skipping = false;
  private atStart = true;

  cut(block: Buffer): Line[] {
    const lines: Line[] = [];
    const last = block.lastIndexOf(LINE_FEED);
    if (last < 0) {
      this.keep(block, lines);
      return lines;
    }
    const first = block.indexOf(LINE_FEED);
    this.keep(block.subarray(0, first), lines);
    this.finishRest(lines);
    if (first < last) this.decode(block.subarray(first + 1, last), lines);
    this.keep(block.subarray(last + 1), lines);
    return lines;
  }

  /** What is left when the body has ended well: its last line needs no line feed. */
  end(): Line[] {
    const lines: Line[] = [];
    this.finishRest(lines);
    return lines;
  }

  private keep(part: Buffer, lines: Line[]): void {
    if (part.length === 0 || this.skipping) return;
    this.restBytes += part.length;
    if (this.restBytes > MAX_LINE_BYTES) {
      lines.push(tooLong());
      this.rest = [];
      this.skipping = true;
      return;
    }
    this.rest.push(part);
  }

  private finishRest(lines: Line[]): void {
    const { rest, skipping } = this;
    this.rest = [];
    this.restBytes = 0;
    this.skipping = false;
    if (skipping) this.atStart = false;
    else if (rest.length > 0)
      this.decode(rest.length === 1 && rest[0] ? rest[0] : Buffer.concat(rest), lines);
  }

  /** Whole lines at once: one decoding and one split cost a tenth of going line by line. */
  private decode(bytes: Buffer, lines: Line[]): void {
    let text: string;
    try {
      text = utf8.decode(bytes);
    } catch {
      return this.decodeSingly(bytes, lines);
    }
    if (this.atStart) {
      this.atStart = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    for (const line of text.split('\n')) {
      if (line.length > MAX_LINE_BYTES) lines.push(tooLong());
      else if (!isBlank(line)) lines.push(line);
    }
  }

  /** A line is bad, perhaps one of many: the others are not to suffer for it. */
  private decodeSingly(bytes: Buffer, lines: Line[]): void {
    for (let from = 0; from <= bytes.length;) {
      const feed = bytes.indexOf(LINE_FEED, from);
      const to = feed < 0 ? bytes.length : feed;
      const line = bytes.subarray(from, to);
      try {
        utf8.decode(line);
        this.decode(line, lines);
      } catch {
        this.atStart = false;
        lines.push(new ApiError('VALIDATION_FAILED', 'the line is not well-formed UTF-8'));
      }
      from = to + 1;
    }
  }
}

function isBlank(line: string): boolean {
  return line === '' || (line.length < 256 && line.trim() === '');
}

function tooLong(): ApiError {
  const bytes = MAX_LINE_BYTES.toLocaleString('en');
  return new ApiError('PAYLOAD_TOO_LARGE', `the line is longer than ${bytes} bytes`);
}
