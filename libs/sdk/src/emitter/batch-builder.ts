import type { Delta } from '../balance/options.js';

/** Deltas as they go out together. */
export interface Batch {
  /** One JSON document each, in the order of `deltas`. */
  readonly lines: readonly string[];
  readonly deltas: readonly Delta[];
  /** Of the lines, in UTF-8, with their ends. */
  readonly bytes: number;
}

/** Collects lines until a batch is full. */
export class BatchBuilder {
  private lines: string[] = [];
  private deltas: Delta[] = [];
  private size = 0;

  constructor(
    private readonly maxItems: number,
    private readonly maxBytes: number,
  ) {}

  get bytes(): number {
    return this.size;
  }

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  /** @returns a batch when one is full: with this line, or without it when that would be too much. */
  add(line: string, delta: Delta): Batch | undefined {
    const bytes = utf8Length(line) + 1;
    const before = this.size > 0 && this.size + bytes > this.maxBytes ? this.take() : undefined;
    this.lines.push(line);
    this.deltas.push(delta);
    this.size += bytes;
    if (before !== undefined) return before;
    return this.lines.length >= this.maxItems || this.size >= this.maxBytes ? this.take() : undefined;
  }

  /** What there is; undefined when there is nothing. */
  take(): Batch | undefined {
    if (this.isEmpty) return undefined;
    const { deltas, lines, size } = this;
    this.lines = [];
    this.deltas = [];
    this.size = 0;
    return { lines, deltas, bytes: size };
  }
}

/** Without encoding it: this runs for every delta. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    // Two units of a pair are four bytes together.
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
