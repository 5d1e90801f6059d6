import { sha256Hex } from '@pacspace/node-crypto';
import { OccurrenceCounter } from './count-occurrences.js';

/** What one row is to the server, whatever file it stands in. */
export interface RowIdentity {
  /** 128 bits of SHA-256 over the row's content, hexadecimal. */
  readonly digest: string;
  /** How many rows with this content came before it in the file. */
  readonly occurrence: number;
}

export interface RowKeys {
  readonly identify: (content: string) => RowIdentity;
  /** True once the file is so large that occurrence numbers depend on the order of its rows. */
  readonly isOrderBound: () => boolean;
}

/** Rows are told apart by their whole content, and identical ones are counted. */
export function keyByContent(): RowKeys {
  const counter = new OccurrenceCounter();
  return {
    identify: (content) => {
      const digest = digestOf(content);
      const occurrence = counter.next(wordOf(digest, 0), wordOf(digest, 8));
      return { digest, occurrence };
    },
    isOrderBound: () => counter.isSaturated,
  };
}

/** Rows are told apart by columns that the user says identify them: the same value twice is the same usage. */
export function keyByColumns(): RowKeys {
  return {
    identify: (content) => ({ digest: digestOf(content), occurrence: 0 }),
    isOrderBound: () => false,
  };
}

/**
 * The idempotency keys of one amount column: `i1.<row>.<occurrence>.<column>`. Nothing of the file's name, the
 * row's place or the command line has a part in it, save the namespace, which exists to tell two imports of the
 * same rows apart. `i1` is the version of this recipe: changing it would import everything again.
 */
export function columnKeys(column: string, namespace: string): (row: RowIdentity) => string {
  const tag = digestOf(JSON.stringify([namespace, column])).slice(0, 16);
  return ({ digest, occurrence }) => `i1.${digest}.${occurrence}.${tag}`;
}

/** Text straight from the hash: a Buffer per row would hold memory that the garbage collector hardly sees. */
function digestOf(text: string): string {
  return sha256Hex(text).slice(0, 32);
}

function wordOf(digest: string, at: number): number {
  return Number.parseInt(digest.slice(at, at + 8), 16);
}
