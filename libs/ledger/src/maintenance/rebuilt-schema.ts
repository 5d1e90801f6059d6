import type pg from 'pg';
import { LEDGER_TABLES } from '../schema/ledger-tables.js';
import { USAGE_TABLE } from '../schema/usage-table.js';

/** Where a rebuild is made, beside the ledger in use. */
export const REBUILD_SCHEMA = 'ledger_rebuild';

/** Makes the tables anew and empty, throwing away what an earlier rebuild has left. */
export async function createRebuildSchema(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(`DROP SCHEMA IF EXISTS ${REBUILD_SCHEMA} CASCADE`);
    await client.query(`CREATE SCHEMA ${REBUILD_SCHEMA}`);
    await client.query(`SET LOCAL search_path TO ${REBUILD_SCHEMA}`);
    await client.query(LEDGER_TABLES);
    await client.query(USAGE_TABLE);
    await client.query('COMMIT');
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/**
 * What is compared, and as what: all that is a function of the log. The columns left out are a lane's epoch and how far
 * its events have been told.
 */
const COMPARED: Readonly<Record<string, string>> = {
  lane: `SELECT lane::text AS name, format('%s %s %s %s %s %s %s %s', sequence, envelopes, entries, duplicates,
                rejections, dead_letters, customers, recorded_at_ms) AS value FROM %S.lane`,
  customer: `SELECT format('%s %s', environment_id, customer_id) AS name, c::text AS value FROM %S.customer c`,
  customer_period: `SELECT format('%s period %s', customer_no, period) AS name, p::text AS value
                      FROM %S.customer_period p`,
  entry: `SELECT format('customer %s index %s', customer_no, idx) AS name, e::text AS value FROM %S.entry e`,
  record: `SELECT record_key::text AS name, r::text AS value FROM %S.record r`,
  tree_node: `SELECT format('customer %s period %s level %s node %s', customer_no, period, level, node_index) AS name,
                     n::text AS value FROM %S.tree_node n`,
  rejection: `SELECT format('lane %s sequence %s', lane, sequence) AS name, r::text AS value FROM %S.rejection r`,
  closing: `SELECT format('lane %s sequence %s', lane, log_sequence) AS name, k::text AS value FROM %S.closing k`,
  usage: `SELECT format('%s month %s lane %s', environment_id, month, lane) AS name, u::text AS value FROM %S.usage u`,
};

export interface LedgerDifference {
  readonly table: string;
  /** Which row, e.g. "env_a customer_001". */
  readonly name: string;
  readonly ledger: string | undefined;
  readonly rebuilt: string | undefined;
}

const DIFFERENCES_PER_TABLE = 10;

/**
 * Every table's rows in both schemas, row by row; to be called while both stand at the same watermarks and nobody
 * writes. Tables that are equal cost one hash of each row.
 *
 * @returns the first differences of each table; none when the ledgers are equal.
 */
export async function compareRebuilt(
  client: pg.ClientBase,
  onTable: (table: string) => void = () => undefined,
): Promise<LedgerDifference[]> {
  const differences: LedgerDifference[] = [];
  for (const [table, sql] of Object.entries(COMPARED)) {
    onTable(table);
    const old = sql.replaceAll('%S', 'ledger');
    const rebuilt = sql.replaceAll('%S', REBUILD_SCHEMA);
    const [left, right] = [await digest(client, old), await digest(client, rebuilt)];
    if (left !== right) differences.push(...(await findDifferences(client, { table, old, rebuilt })));
  }
  return differences;
}

/** Count and sum of 64-bit row hashes: independent of the order in which rows are read. */
async function digest(client: pg.ClientBase, sql: string): Promise<string | undefined> {
  const { rows } = await client.query<{ digest: string }>(
    `SELECT format('%s %s', count(*), sum(hashtextextended(value, 0)::numeric)) AS digest FROM (${sql}) t`,
  );
  return rows[0]?.digest;
}

async function findDifferences(
  client: pg.ClientBase,
  { table, old, rebuilt }: { readonly table: string; readonly old: string; readonly rebuilt: string },
): Promise<LedgerDifference[]> {
  const { rows } = await client.query<{ name: string; ledger: string | null; rebuilt: string | null }>(
    `SELECT name, o.value AS ledger, r.value AS rebuilt
       FROM (${old}) o FULL JOIN (${rebuilt}) r USING (name)
      WHERE o.value IS DISTINCT FROM r.value ORDER BY name LIMIT ${DIFFERENCES_PER_TABLE}`,
  );
  return rows.map((row) => ({
    table,
    name: row.name,
    ledger: row.ledger ?? undefined,
    rebuilt: row.rebuilt ?? undefined,
  }));
}

/**
 * Holds all writers of the ledger until the transaction ends, and returns each lane's watermark. Raising the epoch is
 * what fences them: a writer that waits here for its turn finds another epoch when the swap is done, and stands down
 * instead of writing half into the old tables and half into the new. Rolled back, nothing has happened.
 */
export async function holdWriters(client: pg.ClientBase): Promise<Map<number, number>> {
  const { rows } = await client.query<{ lane: number; sequence: string }>(
    'UPDATE ledger.lane SET epoch = epoch + 1 RETURNING lane, sequence',
  );
  return new Map(rows.map((row) => [row.lane, Number(row.sequence)]));
}

/**
 * Puts the rebuilt ledger in the place of the other, within the transaction of holdWriters.
 *
 * @returns the schema under which the old one is kept, until an operator drops it.
 */
export async function swapRebuilt(client: pg.ClientBase, nowMs: number): Promise<string> {
  await client.query(
    `UPDATE ${REBUILD_SCHEMA}.lane r SET epoch = l.epoch, told_sequence = l.told_sequence
       FROM ledger.lane l WHERE l.lane = r.lane`,
  );
  const kept = `ledger_before_${new Date(nowMs)
    .toISOString()
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 14)}`;
  await client.query(`ALTER SCHEMA ledger RENAME TO ${kept}`);
  await client.query(`ALTER SCHEMA ${REBUILD_SCHEMA} RENAME TO ledger`);
  return kept;
}
