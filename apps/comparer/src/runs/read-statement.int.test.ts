import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  appendChunk,
  completeStatement,
  createLedgerPool,
  findStatementByNumber,
  migrate,
  openStatement,
} from '@pacspace/ledger';
import { createDatabase } from '@pacspace/testing';
import type pg from 'pg';
import { runStatement } from './read-statement.js';

const MOST = 1_000;

let pool: pg.Pool;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 4 });
}, 60_000);

afterAll(() => pool.end());

/** A statement with so many amounts of 1, kept and then read. */
async function read(name: string, { records, zeros }: { records: number; zeros: number }) {
  const number = await openStatement(pool, {
    ...{ statementId: name, environmentId: 'env', customerId: 'acme', name, receivedAtMs: 0 },
    scope: JSON.stringify({ scope: { kind: 'all' } }),
    reading: JSON.stringify({
      ...{ format: 'csv', delimiter: ',', hasQuotes: true, amountColumn: 'n', dimensionColumns: [] },
    }),
  });
  const bytes = Buffer.from(`n\n${'0\n'.repeat(zeros)}${'1\n'.repeat(records)}`);
  await appendChunk(pool, { statementNo: number, chunkNo: 0, data: zstdCompressSync(bytes) });
  await completeStatement(pool, { number, bytes: bytes.length, sha256: '00'.repeat(32), nowMs: 0 });
  const stopping = new AbortController().signal;
  await runStatement({ runs: pool, writers: pool, now: () => 0, stopping, mostRecords: MOST }, number);
  const statement = await findStatementByNumber(pool, number);
  const kept = await pool.query('SELECT FROM compare.statement_row WHERE statement_no = $1', [number]);
  return { ...statement, kept: kept.rowCount };
}

it('reads as many records as a statement may have, and does not count what is none', async () => {
  expect(await read('full', { records: MOST, zeros: 50 })).toMatchObject({
    ...{ state: 'ready', records: MOST, zeros: 50, total: 1_000n * 10n ** 12n, kept: MOST },
  });
});

it('refuses one more, says how many it takes, and keeps none of them', async () => {
  const { state, problems, kept } = await read('over', { records: MOST + 1, zeros: 0 });
  expect([state, JSON.parse(problems ?? '{}')]).toEqual([
    'refused',
    { message: 'it has more than 1,000 records: split it by period', count: 1, problems: [] },
  ]);
  expect(kept).toBe(0);
});
