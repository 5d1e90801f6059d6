import type pg from 'pg';

/** One change of what is stored, as whoever has the data base's password could make it. */
export interface Tampering {
  readonly table: string;
  /** What is done: `change column`, `drop`, `double`, `swap`. */
  readonly what: string;
  readonly sql: string;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}

/** Every way to change one column of one row, by the column's type. */
const CHANGES: Readonly<Record<string, (column: string) => string>> = {
  int2: (column) => `${column} + 8`,
  int4: (column) => `${column} + 1000`,
  int8: (column) => `${column} + 1`,
  numeric: (column) => `${column} + 0.000000000001`,
  bool: (column) => `NOT ${column}`,
  uuid: (column) =>
    `(overlay(${column}::text placing translate(left(${column}::text, 1), '0123456789abcdef', '123456789abcdef0') from 1 for 1))::uuid`,
  bytea: (column) =>
    `set_byte(${column}, length(${column}) / 2, get_byte(${column}, length(${column}) / 2) # 1)`,
  // The last character, so that ids, canonical texts and notes stay nearly what they are.
  text: (column) =>
    `left(${column}, -1) || translate(right(${column}, 1), 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789}' || chr(10), 'bcdefghijklmnopqrstuvwxyzaBCDEFGHIJKLMNOPQRSTUVWXYZA1234567890 ' || 'x')`,
  _text: (column) => column,
  int8multirange: (column) => `${column} - int8multirange(int8range(lower(${column}), lower(${column}) + 1))`,
};

/** For columns that have no value in a row, and may have. */
const VALUES: Readonly<Record<string, string>> = {
  int4: '0',
  int8: '1700000000000',
  uuid: `'${'0123456789abcdef'.repeat(2)}'`,
  text: "'x'",
};

/**
 * Changes of every column of a table, in the middle row of those that have a value there; and of every column without
 * one, in the first row that has none.
 */
export async function changesOf(pool: pg.Pool, table: string): Promise<Tampering[]> {
  const { columns } = await describeTable(pool, table);
  const changes = await Promise.all(
    columns.map(async ({ name, type, nullable }) => {
      const change = CHANGES[type];
      if (change === undefined)
        throw new Error(`${table}.${name} is of a type that nobody here can change: ${type}`);
      const found = [];
      const middle = await findRow(
        pool,
        table,
        `${name} IS NOT NULL ${type === 'bytea' ? `AND length(${name}) > 0` : ''}`,
      );
      if (middle !== undefined) {
        found.push({
          table,
          what: `change ${name}`,
          sql: `UPDATE ${table} SET ${name} = ${change(name)} WHERE ${middle}`,
        });
      }
      const without = nullable ? await findRow(pool, table, `${name} IS NULL`) : undefined;
      if (without !== undefined) {
        found.push({
          table,
          what: `set ${name}`,
          sql: `UPDATE ${table} SET ${name} = ${VALUES[type] ?? 'NULL'} WHERE ${without}`,
        });
      }
      return found;
    }),
  );
  return changes.flat();
}

/**
 * A row gone; one that is there twice, its copy under the key that comes after all others; and two rows that have
 * changed places: each has the other's content under its own key.
 */
export async function movesOf(pool: pg.Pool, table: string): Promise<Tampering[]> {
  const { key, columns } = await describeTable(pool, table);
  const row = await findRow(pool, table, 'true');
  if (row === undefined) throw new Error(`${table} is empty: nothing there can be changed`);
  const moves = [{ table, what: 'drop', sql: `DELETE FROM ${table} WHERE ${row}` }];
  const double = await doubleSql(pool, table, row);
  if (double !== undefined) moves.push({ table, what: 'double', sql: double });
  const others = columns.map(({ name }) => name).filter((name) => !key.includes(name));
  const [first, second] = await listRows(pool, table);
  if (first !== undefined && second !== undefined && others.length > 0) {
    moves.push({ table, what: 'swap', sql: swapSql(table, { key, names: others, rows: [first, second] }) });
  }
  return moves;
}

/** Undefined for a table none of whose key's columns has a next value: there its key forbids a copy. */
async function doubleSql(pool: pg.Pool, table: string, row: string): Promise<string | undefined> {
  const { key, columns } = await describeTable(pool, table);
  const next = columns.findLast(({ name, type }) => key.includes(name) && NEXT[type] !== undefined);
  const { rows } = await pool.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
      WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''`,
    [table],
  );
  // An identity's next value is the server's to give.
  const names = rows.map(({ name }) => name);
  const isGiven = key.some((name) => !names.includes(name));
  if (next === undefined && !isGiven) return undefined;
  const values = names.map((name) =>
    name === next?.name && !isGiven ? NEXT[next.type]?.(name, table) : name,
  );
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM ${table} WHERE ${row}`;
}

/** A value that no row of the table has yet. */
const NEXT: Readonly<Record<string, (column: string, table: string) => string>> = {
  int2: (column, table) => `(SELECT max(${column}) + 8 FROM ${table})`,
  int4: (column, table) => `(SELECT max(${column}) + 1 FROM ${table})`,
  int8: (column, table) => `(SELECT max(${column}) + 1 FROM ${table})`,
  uuid: () => 'gen_random_uuid()',
  bytea: (column) => CHANGES['bytea']?.(column) ?? column,
};

function swapSql(
  table: string,
  of: {
    readonly key: readonly string[];
    readonly names: readonly string[];
    readonly rows: readonly [string, string];
  },
): string {
  const { key, names, rows } = of;
  const qualified = (alias: string, columns: readonly string[]): string =>
    columns.map((name) => `${alias}.${name}`).join(', ');
  const all = [...key, ...names].join(', ');
  return `CREATE TEMP TABLE swapped ON COMMIT DROP AS
            SELECT ${qualified('a', key)}, ${qualified('b', names)} FROM ${table} a, ${table} b
             WHERE (${prefixed(rows[0], 'a')} AND ${prefixed(rows[1], 'b')})
                OR (${prefixed(rows[1], 'a')} AND ${prefixed(rows[0], 'b')});
          DELETE FROM ${table} WHERE (${rows[0]}) OR (${rows[1]});
          INSERT INTO ${table} (${all}) OVERRIDING SYSTEM VALUE SELECT ${all} FROM swapped;
          DROP TABLE swapped`;
}

function prefixed(condition: string, alias: string): string {
  return condition.replaceAll(/\b(\w+) = '/g, `${alias}.$1 = '`);
}

async function describeTable(
  pool: pg.Pool,
  table: string,
): Promise<{ readonly columns: readonly Column[]; readonly key: readonly string[] }> {
  const { rows } = await pool.query<Column & { identity: string; keyed: boolean }>(
    `SELECT a.attname AS name, t.typname AS type, NOT a.attnotnull AS nullable, a.attidentity AS identity,
            coalesce(a.attnum = ANY (i.indkey), false) AS keyed
       FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
       LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [table],
  );
  return {
    // The server itself changes no identity.
    columns: rows.filter(({ identity }) => identity === ''),
    key: rows.filter(({ keyed }) => keyed).map(({ name }) => name),
  };
}

/** The middle one of the rows, as a condition on its key. */
async function findRow(pool: pg.Pool, table: string, where: string): Promise<string | undefined> {
  const rows = await listRows(pool, table, where);
  return rows[Math.floor(rows.length / 2)];
}

async function listRows(pool: pg.Pool, table: string, where = 'true'): Promise<string[]> {
  const { key } = await describeTable(pool, table);
  const { rows } = await pool.query<Record<string, string>>(
    `SELECT ${key.map((name) => `${name}::text`).join(', ')} FROM ${table} WHERE ${where} ORDER BY ${key.join(', ')}`,
  );
  return rows.map((row) => key.map((name) => `${name} = '${row[name] ?? ''}'`).join(' AND '));
}
