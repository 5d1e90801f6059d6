import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase } from '@pacspace/testing';
import pg from 'pg';
import { migrate } from '../migrate.js';
import { describeSchema } from './describe-schema.js';

let client: pg.Client;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  client = new pg.Client({ connectionString: url });
  await client.connect();
}, 60_000);

afterAll(() => client.end());

describe('docs/schema.sql', () => {
  it('is what the migrations make (node tools/write-schema.mjs writes it)', async () => {
    const file = new URL('../../../../docs/schema.sql', import.meta.url);
    expect(await describeSchema(client)).toBe(await readFile(file, 'utf8'));
  });

  it('would show any change', async () => {
    const before = await describeSchema(client);
    const changes = [
      'ALTER TABLE ledger.record ADD COLUMN extra int4',
      'ALTER TABLE ledger.record ALTER COLUMN idx DROP NOT NULL',
      "ALTER TABLE ledger.entry ALTER COLUMN reason SET DEFAULT 'x'",
      'CREATE INDEX extra ON ledger.entry (record_key)',
      'DROP INDEX ledger.rejection_customer',
      'ALTER TABLE ledger.customer SET (fillfactor = 90)',
      'ALTER TABLE console.api_key ADD CHECK (length(name) < 100)',
      'CREATE TABLE ledger.extra (n int4)',
      "CREATE FUNCTION ledger.extra() RETURNS int4 LANGUAGE sql AS 'SELECT 1'",
    ];
    for (const change of changes) {
      await client.query('BEGIN');
      await client.query(change);
      expect([change, (await describeSchema(client)) === before]).toEqual([change, false]);
      await client.query('ROLLBACK');
    }
    // A period's partitions come and go with the data: they are no part of the schema.
    await client.query('BEGIN; SET LOCAL search_path = ledger; SELECT ensure_period(24322)');
    expect(await describeSchema(client)).toBe(before);
    await client.query('ROLLBACK');
  });
});
