import type { Period } from '@pacspace/domain';
import type pg from 'pg';
import {
  ENTRY_COLUMNS,
  type EntryRecord,
  type RecordedEntry,
  toRecordedEntry,
} from '../reads/recorded-entry.js';
import type { HashSpan } from './read-log.js';

/** A customer's period: its tree, and where its entries begin. */
export interface PeriodTree {
  readonly customerNo: number;
  readonly period: Period;
  readonly firstIndex: number;
}

/** The tree's stored nodes at level 8, 16, …; fewer when they are not there. */
export async function readPeriodNodes(
  pool: pg.Pool,
  { customerNo, period }: PeriodTree,
  { level, first, count }: HashSpan,
): Promise<Uint8Array[]> {
  const { rows } = await pool.query<{ hash: Buffer }>({
    name: 'read-period-nodes',
    text: `SELECT hash FROM tree_node
            WHERE customer_no = $1 AND period = $2 AND level = $3 AND node_index >= $4 AND node_index < $5
            ORDER BY node_index`,
    values: [customerNo, period, level, first, first + count],
  });
  return rows.map((row) => row.hash);
}

/**
 * The entries that are the tree's leaves from `first` on. There is no index by leaf: an entry's index is above the
 * period's first one by its leaf number at least, and by more only where other periods' entries came in between.
 */
export async function readPeriodLeaves(
  pool: pg.Pool,
  { customerNo, period, firstIndex }: PeriodTree,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<RecordedEntry[]> {
  const { rows } = await pool.query<EntryRecord>({
    name: 'read-period-leaves',
    text: `SELECT ${ENTRY_COLUMNS} FROM entry e
            WHERE e.customer_no = $1 AND e.period = $2 AND e.idx >= $3 AND e.leaf >= $4 AND e.leaf < $5
            ORDER BY e.idx LIMIT $6`,
    values: [customerNo, period, firstIndex + first, first, first + count, count],
  });
  return rows.map(toRecordedEntry);
}
