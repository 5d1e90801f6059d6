import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createLedgerPool, migrate, openSealLog } from '@pacspace/ledger';
import { connectLog, type DeltaLog, EventsReader, openDeltaLog, type ToldMessage } from '@pacspace/log';
import { createDatabase, startNats, type TestNats } from '@pacspace/testing';
import { factsSubject, type SealsPublished } from '@pacspace/wire';
import type pg from 'pg';
import { tellSeals } from './tell-seals.js';

let pool: pg.Pool;
let server: TestNats;
let log: DeltaLog;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 2 });
  server = await startNats();
  log = await openDeltaLog(await connectLog({ url: server.url, name: 'teller test' }), { lanes: 4 });
}, 60_000);

afterAll(async () => {
  await log.connection.close();
  await server.stop();
  await pool.end();
});

/** Seals of ten customers, of whom a head covers `published`. */
async function seal(logNo: number, published: number): Promise<void> {
  await pool.query(
    `INSERT INTO seal.seal (log_no, log_index, customer_no, scope, count, final, root, leaf_hash, body)
     SELECT $1, i, i, '2026-10', 1, false, '', '', '{}' FROM generate_series(0, 9) i ON CONFLICT DO NOTHING`,
    [logNo],
  );
  await pool.query('UPDATE seal.log SET size = 10, published_size = $2 WHERE number = $1', [
    logNo,
    published,
  ]);
}

async function indexesTold(lane: number): Promise<number[]> {
  const reader = await EventsReader.open(log, factsSubject(lane), 0);
  const messages: ToldMessage[] = [];
  while (messages.length < reader.waiting) messages.push(...(await reader.next(1_000_000, 5_000)));
  reader.close();
  return messages.flatMap(({ payload }) => (JSON.parse(payload) as SealsPublished).logIndexes);
}

it('tells of the seals that a signed head covers, each in its customer’s lane, and goes on where another stopped', async () => {
  const { number } = await openSealLog(pool, { environmentId: 'env_told', origin: 'logs.test/env_told' });
  await seal(number, 6);
  expect(await tellSeals(log, pool)).toBe(6);
  expect(await tellSeals(log, pool)).toBe(0);
  await seal(number, 10);
  // Two at once, as after a suspended process has come back: what both tell is one message.
  const [one, other] = await Promise.all([tellSeals(log, pool), tellSeals(log, pool)]);
  expect(Math.max(one, other)).toBe(4);
  expect(await Promise.all([0, 1, 2, 3].map(indexesTold))).toEqual([
    [0, 4, 8],
    [1, 5, 9],
    [2, 6],
    [3, 7],
  ]);
});
