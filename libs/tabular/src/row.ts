import type { JsonValue } from '@pacspace/domain';

/** One row of the file, cut down to what is needed of it. */
export interface Row {
  /** The line it begins on, from 1. */
  readonly line: number;
  /** The cells of the columns asked for, in the order asked; undefined: the row has no such member (NDJSON). */
  readonly cells: readonly (JsonValue | undefined)[];
  /** What is hashed to tell this row from others: all of it, also what was not asked for. */
  readonly content: string;
}

/** A row that cannot be read as one. */
export interface BadRow {
  readonly line: number;
  readonly problem: string;
  /** The start of its text, where there is one to show. */
  readonly text?: string;
  /** True when nothing after it can be read: it is then the last item. */
  readonly isLast?: true;
}

export type ReadItem = Row | BadRow;

/** Reads the rows of a file, a chunk at a time; `columns` are those whose cells are wanted. */
export type RowReader = (
  chunks: AsyncIterable<Buffer>,
  columns: readonly string[],
) => AsyncIterable<readonly ReadItem[]>;

/** A longer row or line is a quote that is never closed, or no row at all; memory stays bounded all the same. */
export const MOST_ROW_BYTES = 1024 * 1024;
