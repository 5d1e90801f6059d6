import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import { createDatabase } from './create-database.js';
import { createRedis } from './create-redis.js';
import { startNats, startPostgres, startRedis } from './test-server.js';

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a server that is killed says so here as well as to the query
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a server of the test’s own', () => {
  it('keeps a Postgres’ data over an orderly restart and over a crash, on the same URL', async () => {
    await using server = await startPostgres();
    await query(server.url, 'CREATE TABLE kept (n int)');
    for (const [round, end] of (['stop', 'kill'] as const).entries()) {
      await query(server.url, `INSERT INTO kept VALUES (${round})`);
      const before = server.pid;
      await server[end]();
      expect(server.running()).toBe(false);
      await expect(query(server.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await server.start();
      expect(server.pid).not.toBe(before);
    }
    expect(await query(server.url, 'SELECT n FROM kept ORDER BY n')).toEqual([{ n: 0 }, { n: 1 }]);
  });

  it('syncs in NATS before it acknowledges', async () => {
    await using server = await startNats();
    const answer = await fetch(`${server.monitorUrl}/varz`);
    expect(await answer.json()).toMatchObject({ jetstream: { config: { sync_always: true } } });
  });

  it('keeps its URL and refuses strangers', async () => {
    await using server = await startRedis();
    const stranger = new Redis(server.port, '127.0.0.1', { retryStrategy: () => null });
    stranger.on('error', () => undefined);
    await expect(stranger.get('x')).rejects.toThrow(/NOAUTH/);
    stranger.disconnect();
    await server.kill();
    await server.start();
    const friend = new Redis(server.url);
    expect(await friend.ping()).toBe('PONG');
    friend.disconnect();
  });
});

describe('the shared servers', () => {
  it('give each caller a data base of its own, made from a template that is made once', async () => {
    let made = 0;
    const template = {
      name: 'own test',
      migrate: (url: string) => {
        made += 1;
        return query(url, 'CREATE TABLE t AS SELECT 7 AS n');
      },
    };
    const [a, b, empty] = await Promise.all([
      createDatabase(template),
      createDatabase(template),
      createDatabase(),
    ]);
    expect(made).toBe(1);
    await query(a.url, 'DELETE FROM t');
    expect(await query(b.url, 'SELECT n FROM t')).toEqual([{ n: 7 }]);
    await expect(query(empty.url, 'SELECT n FROM t')).rejects.toMatchObject({ code: '42P01' });
    await a.drop();
    await expect(query(a.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  });

  it('do not take a template whose migration failed', async () => {
    const name = 'failing';
    const failing = { name, migrate: () => Promise.reject(new Error('half-way')) };
    await expect(createDatabase(failing)).rejects.toThrow('half-way');
    const whole = { name, migrate: (url: string) => query(url, 'CREATE TABLE whole (n int)') };
    const { url } = await createDatabase(whole);
    expect(await query(url, 'SELECT n FROM whole')).toEqual([]);
  });

  it('give each caller an empty Redis data base', async () => {
    const [a, b] = await Promise.all([createRedis(), createRedis()]);
    const [left, right] = [new Redis(a.url), new Redis(b.url)];
    await left.set('k', 'left');
    expect(await right.get('k')).toBeNull();
    left.disconnect();
    right.disconnect();
  });
});
