import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, startFaultProxy, startPostgres, waitFor } from '@pacspace/testing';
import type pg from 'pg';
import { ensurePeriod } from './append-turn.js';
import { isPassing } from './errors.js';
import { migrate } from './migrate.js';
import { createLedgerPool } from './pool.js';
import { withTransaction } from './with-transaction.js';

let url: string;
let pool: pg.Pool;

beforeAll(async () => {
  ({ url } = await createDatabase({ name: 'ledger', migrate }));
  pool = createLedgerPool({ url, name: 'pool test', max: 4 });
  await pool.query('CREATE TABLE public.note (text text UNIQUE)');
});

afterAll(() => pool.end());

async function show(of: pg.Pool, setting: string): Promise<unknown> {
  const { rows } = await of.query<Record<string, string>>(`SHOW ${setting}`);
  return Object.values(rows[0]!)[0];
}

async function notes(): Promise<string[]> {
  const { rows } = await pool.query<{ text: string }>('SELECT text FROM public.note ORDER BY text');
  return rows.map(({ text }) => text);
}

describe('createLedgerPool', () => {
  it('waits for the disk, unless told not to, on that pool’s connections alone', async () => {
    const hurried = createLedgerPool({ url, name: 'projector', max: 2, waitForDisk: false });
    expect(await show(hurried, 'synchronous_commit')).toBe('off');
    expect(await show(pool, 'synchronous_commit')).toBe('on');
    const other = createLedgerPool({ url, name: 'other', max: 1 });
    expect(await show(other, 'synchronous_commit')).toBe('on');
    await Promise.all([hurried.end(), other.end()]);
  });

  it('looks keys up in the index, also where the plan is made while the table is small', async () => {
    const planOf = async (asked: pg.Pool): Promise<string> => {
      const client = await asked.connect();
      try {
        await client.query('PREPARE find (uuid[]) AS SELECT FROM record WHERE record_key = ANY ($1)');
        const { rows } = await client.query<Record<string, string>>(
          'EXPLAIN EXECUTE find (array_fill(gen_random_uuid(), ARRAY[500]))',
        );
        return rows.map((row) => row['QUERY PLAN']).join('\n');
      } finally {
        client.release(true);
      }
    };
    await pool.query('INSERT INTO record SELECT gen_random_uuid(), i, 1, 1 FROM generate_series(1, 200) i');
    await pool.query('ANALYZE record');
    const lookUps = createLedgerPool({ url, name: 'look-ups', max: 1, lookUps: true });
    expect(await planOf(lookUps)).not.toContain('Seq Scan');
    // Otherwise this test would show nothing.
    expect(await planOf(pool)).toContain('Seq Scan');
    await pool.query('TRUNCATE record');
    await lookUps.end();
  });

  it('means the ledger’s tables, then the console’s, by a bare name; or those of a rebuild', async () => {
    expect(await show(pool, 'search_path')).toBe('ledger,console');
    const rebuild = createLedgerPool({ url, name: 'rebuild', schema: 'ledger_new' });
    expect(await show(rebuild, 'search_path')).toBe('ledger_new,console');
    expect(await show(rebuild, 'application_name')).toBe('rebuild');
    await rebuild.end();
  });

  it('lets go of what a client has locked that does not go on, in a transaction or in a statement', async () => {
    const sleeping = createLedgerPool({ url, name: 'sleeping', max: 1, lostClientMs: 200 });
    const client = await sleeping.connect();
    const ended = once(client, 'error');
    // Told twice, as a rule: what the server said, and that the connection is gone.
    client.on('error', () => undefined);
    await client.query('BEGIN');
    await client.query('LOCK TABLE lane IN EXCLUSIVE MODE');
    await withTransaction(pool, (other) => other.query('LOCK TABLE lane IN EXCLUSIVE MODE'));
    await ended;
    client.release(true);
    await expect(sleeping.query('SELECT pg_sleep(5)')).rejects.toMatchObject({ code: '57014' });
    await sleeping.end();
  });

  it('replaces idle connections that have broken, and says so', async () => {
    const broken: Error[] = [];
    const victim = createLedgerPool({ url, name: 'victim', max: 1, onError: (error) => broken.push(error) });
    const { rows } = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await waitFor(() => broken.length === 1);
    const again = await victim.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(again.rows[0]!.pid).not.toBe(rows[0]!.pid);
    await victim.end();
  });

  it('gives up connecting in time when nothing answers, and the failure passes', async () => {
    await using proxy = await startFaultProxy(url);
    proxy.pause();
    const silent = createLedgerPool({ url: proxy.url, name: 'silent', max: 1 });
    const error: unknown = await silent.query('SELECT 1').catch((cause: unknown) => cause);
    expect(isPassing(error)).toBe(true);
    await silent.end();
  });
});

describe('withTransaction', () => {
  it('commits what it did when it resolves, and nothing when it throws', async () => {
    const result = await withTransaction(pool, async (client) => {
      await client.query("INSERT INTO public.note VALUES ('kept')");
      return 7;
    });
    expect(result).toBe(7);
    const failing = withTransaction(pool, async (client) => {
      await client.query("INSERT INTO public.note VALUES ('dropped')");
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    const colliding = withTransaction(pool, async (client) => {
      await client.query("INSERT INTO public.note VALUES ('dropped too')");
      await client.query("INSERT INTO public.note VALUES ('kept')");
    });
    await expect(colliding).rejects.toMatchObject({ code: '23505' });
    expect(await notes()).toEqual(['kept']);
    expect(pool.idleCount).toBe(pool.totalCount);
  });

  it('throws when work went on after one of its statements had failed: nothing was committed', async () => {
    const careless = withTransaction(pool, async (client) => {
      await client.query("INSERT INTO public.note VALUES ('lost')");
      await client.query("INSERT INTO public.note VALUES ('kept')").catch(() => undefined);
    });
    await expect(careless).rejects.toThrow(/rolled back/);
    expect(await notes()).toEqual(['kept']);
  });

  it('throws away a connection that dies under it, and the failure passes', async () => {
    const errors: Error[] = [];
    const own = createLedgerPool({ url, name: 'dying', max: 1, onError: (error) => errors.push(error) });
    const dying = withTransaction(own, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await client.query("INSERT INTO public.note VALUES ('dying')");
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      await client.query('SELECT pg_sleep(5)');
    });
    const error: unknown = await dying.catch((cause: unknown) => cause);
    expect(isPassing(error)).toBe(true);
    expect(await notes()).not.toContain('dying');
    // The pool has room for one: it must have made a new one.
    expect(await withTransaction(own, () => Promise.resolve('alive'))).toBe('alive');
    await own.end();
  });

  it('throws, and does not end the process, when the connection dies while no query is under way', async () => {
    const own = createLedgerPool({ url, name: 'idle death', max: 1 });
    const dying = withTransaction(own, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    const error: unknown = await dying.catch((cause: unknown) => cause);
    expect(isPassing(error)).toBe(true);
    expect(await withTransaction(own, () => Promise.resolve('alive'))).toBe('alive');
    await own.end();
  });

  it('fails while the server is away and works when it is back, without a new pool', async () => {
    await using server = await startPostgres();
    const own = createLedgerPool({ url: server.url, name: 'restart', max: 2 });
    await withTransaction(own, (client) => client.query('CREATE TABLE public.note (text text)'));
    for (const end of ['stop', 'kill'] as const) {
      await server[end]();
      const error: unknown = await withTransaction(own, () => Promise.resolve()).catch(
        (cause: unknown) => cause,
      );
      expect([String(error), isPassing(error)]).toEqual([expect.any(String), true]);
      await server.start();
      await withTransaction(own, (client) => client.query("INSERT INTO public.note VALUES ('x')"));
    }
    await own.end();
  });
});

describe('ensurePeriod', () => {
  it('makes a period’s partitions once, whoever else makes them at the same moment', async () => {
    const periods = [24_000, 24_001, 24_002];
    const calls = periods.flatMap((period) => [0, 1, 2, 3].map(() => ensurePeriod(pool, period)));
    await Promise.all(calls);
    const { rows } = await pool.query<{ part: string }>(
      `SELECT inhrelid::regclass::text AS part FROM pg_inherits
        WHERE inhparent IN ('entry'::regclass, 'tree_node'::regclass) ORDER BY 1`,
    );
    expect(rows.map(({ part }) => part)).toEqual(
      ['entry', 'tree_node'].flatMap((table) =>
        ['2000_01', '2000_02', '2000_03'].map((month) => `${table}_${month}`),
      ),
    );
    // The partition's key is the table's own: no two entries of one customer bear one index.
    const columns = await pool.query<{ columns: string }>(
      `SELECT pg_get_constraintdef(oid) AS columns FROM pg_constraint
        WHERE conrelid = 'entry_2000_01'::regclass AND contype = 'p'`,
    );
    expect(columns.rows).toEqual([{ columns: 'PRIMARY KEY (customer_no, idx, period)' }]);
  });

  it('does not wait for those who read or write the table meanwhile', async () => {
    await withTransaction(pool, async (client) => {
      await client.query('SELECT * FROM entry');
      await client.query(`INSERT INTO tree_node VALUES (1, 1, 24000, 8, '\\x00')`);
      await ensurePeriod(pool, 24_003);
    });
  });

  it('works in the schema of a rebuild', async () => {
    await pool.query('CREATE SCHEMA rebuild');
    const rebuild = createLedgerPool({ url, name: 'rebuild', schema: 'rebuild', max: 1 });
    const { LEDGER_TABLES } = await import('./schema/ledger-tables.js');
    await rebuild.query(LEDGER_TABLES);
    await ensurePeriod(rebuild, 24_000);
    await rebuild.query(`INSERT INTO tree_node VALUES (1, 1, 24000, 8, '\\x00')`);
    const { rows } = await rebuild.query('SELECT FROM rebuild.tree_node');
    expect(rows).toHaveLength(1);
    await rebuild.end();
  });
});
