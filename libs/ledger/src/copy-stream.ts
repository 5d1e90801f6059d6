import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** Rows go to the server in pieces of about this many characters. */
const PIECE_LENGTH = 256 * 1024;

/** Sends rows for as long as there are any, without holding more than a piece of them. */
export class CopyWriter {
  private readonly stream;
  private readonly done: Promise<void>;
  private held = '';

  /** @param target table and columns, as `COPY` takes them. */
  constructor(client: pg.ClientBase, target: string) {
    this.stream = client.query(copyFrom(`COPY ${target} FROM STDIN`));
    this.done = finished(this.stream);
    // Whoever writes next, or ends it, hears of it.
    this.done.catch(() => undefined);
  }

  /** @param lines rows in COPY's text form, each ended by a line feed. */
  async write(lines: string): Promise<void> {
    this.held += lines;
    if (this.held.length >= PIECE_LENGTH) await this.flush();
  }

  /** Everything is with the server, in the transaction. */
  async end(): Promise<void> {
    await this.flush();
    this.stream.end();
    await this.done;
  }

  /** Gives up: the statement fails, and its transaction with it. */
  async abandon(): Promise<void> {
    this.stream.destroy(new Error('the copy was given up'));
    await this.done.catch(() => undefined);
  }

  private async flush(): Promise<void> {
    const piece = this.held;
    this.held = '';
    if (!this.stream.write(piece)) await Promise.race([once(this.stream, 'drain'), this.done]);
  }
}

/** A row's columns as COPY writes them; null where there is no value. */
export type CopiedRow = readonly (string | null)[];

/**
 * The rows of a query, a piece of the stream at a time: a few hundred of them. Nothing is read ahead of the consumer but
 * what the sockets hold. Four times as fast as rows that the driver makes objects of.
 */
export async function* copyOut(client: pg.ClientBase, sql: string): AsyncGenerator<CopiedRow[]> {
  const stream = client.query(copyTo(`COPY (${sql}) TO STDOUT`));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let ended = false;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const text = rest + decoder.write(chunk);
      const end = text.lastIndexOf('\n');
      rest = text.slice(end + 1);
      if (end >= 0) yield text.slice(0, end).split('\n').map(toRow);
    }
    ended = true;
  } finally {
    // A consumer that stops early leaves a connection in the middle of an answer, which can only be thrown away.
    if (!ended) stream.destroy();
  }
}

function toRow(line: string): CopiedRow {
  return line.includes('\\') ? line.split('\t').map(unescape) : line.split('\t');
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescape(text: string): string | null {
  if (text === '\\N') return null;
  return text.replaceAll(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}
