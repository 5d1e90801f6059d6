import type pg from 'pg';
import { plainArray } from '../array-literal.js';

/** A complete subtree of a tree, by where its hash is stored. */
export interface NodePlace {
  readonly level: number;
  readonly index: number;
}

export interface TreeNodePlace extends NodePlace {
  readonly customerNo: number;
  readonly period: number;
}

/** The stored hashes at these places of customers' trees, in their order; undefined where none is. */
export async function findTreeNodes(
  client: pg.ClientBase,
  places: readonly TreeNodePlace[],
): Promise<(Uint8Array | undefined)[]> {
  const { rows } = await client.query<{ hash: Buffer | null }>(
    `SELECT n.hash
       FROM unnest($1::int4[], $2::int4[], $3::int2[], $4::int8[])
            WITH ORDINALITY AS v (customer_no, period, level, node_index, place)
       LEFT JOIN tree_node n USING (customer_no, period, level, node_index) ORDER BY v.place`,
    [
      plainArray(places.map(({ customerNo }) => customerNo)),
      plainArray(places.map(({ period }) => period)),
      plainArray(places.map(({ level }) => level)),
      plainArray(places.map(({ index }) => index)),
    ],
  );
  return rows.map(({ hash }) => hash ?? undefined);
}

/** The same of a log's tree. */
export async function findLogNodes(
  client: pg.ClientBase,
  logNo: number,
  places: readonly NodePlace[],
): Promise<(Uint8Array | undefined)[]> {
  const { rows } = await client.query<{ hash: Buffer | null }>(
    `SELECT n.hash
       FROM unnest($2::int2[], $3::int8[]) WITH ORDINALITY AS v (level, node_index, place)
       LEFT JOIN seal.node n ON n.log_no = $1 AND n.level = v.level AND n.node_index = v.node_index
      ORDER BY v.place`,
    [logNo, plainArray(places.map(({ level }) => level)), plainArray(places.map(({ index }) => index))],
  );
  return rows.map(({ hash }) => hash ?? undefined);
}

const MOST = 20;

/** Stored nodes that no tree of the customer's has: of another level, or behind its end. */
export async function findStrayTreeNodes(
  client: pg.ClientBase,
): Promise<(TreeNodePlace & { readonly name: string })[]> {
  const { rows } = await client.query<StrayRow & { customer_no: number; period: number; name: string }>(
    `SELECT n.customer_no, n.period, n.level, n.node_index,
            coalesce(c.environment_id || ' ' || c.customer_id, 'customer number ' || n.customer_no) AS name
       FROM tree_node n
       LEFT JOIN customer_period p USING (customer_no, period)
       LEFT JOIN customer c ON c.number = n.customer_no
      WHERE p.count IS NULL OR n.level % 8 <> 0 OR n.level NOT BETWEEN 8 AND 48 OR n.node_index < 0
         OR n.node_index >= p.count >> n.level LIMIT ${MOST}`,
  );
  return rows.map((row) => ({
    customerNo: row.customer_no,
    period: row.period,
    name: row.name,
    ...toPlace(row),
  }));
}

export async function findStrayLogNodes(
  client: pg.ClientBase,
  logNo: number,
  size: number,
): Promise<NodePlace[]> {
  const { rows } = await client.query<StrayRow>(
    `SELECT level, node_index FROM seal.node
      WHERE log_no = $1 AND (level % 8 <> 0 OR level NOT BETWEEN 8 AND 48 OR node_index < 0
                             OR node_index >= $2::int8 >> level) LIMIT ${MOST}`,
    [logNo, size],
  );
  return rows.map(toPlace);
}

interface StrayRow {
  level: number;
  node_index: string;
}

function toPlace(row: StrayRow): NodePlace {
  return { level: row.level, index: Number(row.node_index) };
}
