import { describe, expect, it } from '@jest/globals';
import { createDatabase } from '@pacspace/testing';
import pg from 'pg';
import { checkSchema, migrate } from './migrate.js';

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function countConnections(url: string): Promise<number> {
  const rows = await query<{ n: number }>(
    url,
    'SELECT count(*)::int4 AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  return rows[0]!.n;
}

describe('migrate', () => {
  it('makes the schema, once, and says what it did', async () => {
    const database = await createDatabase();
    const { url } = database;
    await expect(checkSchema(url)).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' });
    const done = await migrate(url);
    expect(done.length).toBeGreaterThan(0);
    await checkSchema(url);
    await query(url, 'INSERT INTO ledger.lane (lane, lanes) VALUES (0, 4)');
    expect(await migrate(url)).toEqual([]);
    await checkSchema(url);
    expect(await query(url, 'SELECT lanes FROM ledger.lane')).toEqual([{ lanes: 4 }]);
    expect(await countConnections(url)).toBe(0);
    await database.drop();
  });

  it('may run in several processes at once: one does it, the others find it done', async () => {
    const database = await createDatabase();
    const { url } = database;
    const results = await Promise.all([migrate(url), migrate(url), migrate(url), migrate(url)]);
    expect(results.filter((done) => done.length > 0)).toHaveLength(1);
    await checkSchema(url);
    expect(await countConnections(url)).toBe(0);
    await database.drop();
  });

  it('leaves nothing half-made when it fails, and is simply run again', async () => {
    const database = await createDatabase();
    const { url } = database;
    await query(url, 'CREATE SCHEMA console'); // in the way of the migration's last part
    await expect(migrate(url)).rejects.toThrow(/already exists/);
    expect(await query(url, "SELECT FROM pg_namespace WHERE nspname = 'ledger'")).toEqual([]);
    await expect(checkSchema(url)).rejects.toMatchObject({ code: 'SCHEMA_BEHIND' });
    await query(url, 'DROP SCHEMA console');
    expect((await migrate(url)).length).toBeGreaterThan(0);
    expect(await countConnections(url)).toBe(0);
    await database.drop();
  });

  it('takes a data base of a newer version for up to date: an old app still starts while the new one rolls out', async () => {
    const database = await createDatabase();
    const { url } = database;
    await migrate(url);
    await query(
      url,
      `INSERT INTO public.migrations (timestamp, name) VALUES (9999999999999, 'FromTheFuture9999999999999')`,
    );
    await checkSchema(url);
    expect(await migrate(url)).toEqual([]);
    await database.drop();
  });

  it('can be told from a data base that is not there', async () => {
    const database = await createDatabase();
    const { url } = database;
    await database.drop();
    await expect(migrate(url)).rejects.toMatchObject({ code: '3D000' });
    await expect(checkSchema(url)).rejects.toMatchObject({ code: '3D000' });
  });
});
