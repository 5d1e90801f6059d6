import type pg from 'pg';

/** Rows held at a time: some hundred kilobytes. */
const PAGE = 1_000;

let cursors = 0;

/** All rows of a query, a page at a time, however many there are; within a transaction. Several may be open at once. */
export async function* streamRows<T extends pg.QueryResultRow>(
  client: pg.ClientBase,
  sql: string,
  values: readonly unknown[] = [],
): AsyncGenerator<readonly T[]> {
  const name = `rows_${++cursors}`;
  await client.query(`DECLARE ${name} NO SCROLL CURSOR FOR ${sql}`, [...values]);
  for (;;) {
    const { rows } = await client.query<T>(`FETCH ${PAGE} FROM ${name}`);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE) break;
  }
  await client.query(`CLOSE ${name}`);
}
