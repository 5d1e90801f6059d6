import { MOST_ROW_BYTES } from './row.js';

/** An element's text with the line it begins on; undefined: longer than a row may be. */
export interface Element {
  readonly line: number;
  readonly text: string | undefined;
}

const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** What stands where; everything but "element" is between elements. */
type State = 'start' | 'first' | 'element' | 'comma' | 'next' | 'end' | 'broken';

/**
 * Cuts a JSON array into its elements as its bytes come (RFC 8259), and holds no more than the element that is not
 * whole yet. What an element is, is for the parser to say.
 */
export class ElementSplitter {
  private state: State = 'start';
  private line = 1;
  private startLine = 1;
  private depth = 0;
  private isInString = false;
  private isEscaped = false;
  private held: Buffer[] = [];
  private heldBytes = 0;

  /** @returns the elements that end in this chunk. */
  push(chunk: Buffer): Element[] {
    const elements: Element[] = [];
    let start = 0;
    for (let at = 0; at < chunk.length && this.state !== 'broken'; at += 1) {
      const byte = chunk[at] ?? 0;
      if (byte === LF) this.line += 1;
      if (this.state !== 'element') {
        if (this.between(byte)) start = at;
        continue;
      }
      if (this.isInside(byte)) continue;
      elements.push(this.take(chunk.subarray(start, at)));
      this.state = byte === COMMA ? 'next' : 'end';
    }
    if (this.state === 'element') this.hold(chunk.subarray(start));
    return elements;
  }

  /** What is wrong with the array; undefined: it has ended. `line` is where. */
  get problem(): { readonly line: number; readonly problem: string } | undefined {
    const { line } = this;
    switch (this.state) {
      case 'end':
        return undefined;
      case 'start':
        return { line, problem: 'there is no JSON array' };
      case 'broken':
        return { line, problem: 'is not a JSON array of objects from here on' };
      case 'element':
        return {
          line: this.startLine,
          problem: 'the object that begins here does not end: the file is cut off',
        };
      default:
        return { line, problem: 'the array does not end: the file is cut off' };
    }
  }

  get isBroken(): boolean {
    return this.state === 'broken';
  }

  /** True when an element begins with this byte. */
  private between(byte: number): boolean {
    if (byte === SPACE || byte === LF || byte === CR || byte === TAB) return false;
    const { state } = this;
    if (state === 'start') this.state = byte === OPEN_ARRAY ? 'first' : 'broken';
    else if (state === 'first' && byte === CLOSE_ARRAY) this.state = 'end';
    else if ((state === 'first' || state === 'next') && byte === OPEN_OBJECT) {
      this.state = 'element';
      this.startLine = this.line;
      this.depth = 1;
      return true;
    } else this.state = 'broken';
    return false;
  }

  /** False at the comma or bracket that ends the element. */
  private isInside(byte: number): boolean {
    if (this.isInString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) this.isInString = false;
      return true;
    }
    if (this.depth === 0) return byte !== COMMA && byte !== CLOSE_ARRAY;
    if (byte === QUOTE) this.isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.depth -= 1;
    return true;
  }

  private hold(piece: Buffer): void {
    this.heldBytes += piece.length;
    if (this.heldBytes <= MOST_ROW_BYTES) this.held.push(Buffer.from(piece));
    else this.held = [];
  }

  private take(end: Buffer): Element {
    this.heldBytes += end.length;
    const text =
      this.heldBytes > MOST_ROW_BYTES
        ? undefined
        : Buffer.concat([...this.held, end])
            .toString()
            .trim();
    this.held = [];
    this.heldBytes = 0;
    return { line: this.startLine, text };
  }
}
