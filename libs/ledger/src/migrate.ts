import pg from 'pg';
import type { DataSource } from 'typeorm';
import { LedgerError } from './errors.js';
import { LedgerAndConsole1764000000001 } from './migrations/0001-ledger-and-console.js';
import { Seals1764000000002 } from './migrations/0002-seals.js';
import { AccessTokens1764000001003 } from './migrations/0003-access-tokens.js';
import { Compare1764000000004 } from './migrations/0004-compare.js';
import { ToldSeals1764000000006 } from './migrations/0006-told-seals.js';
import { Accounts1764000000010 } from './migrations/0005-accounts.js';
import { Webhooks1764000000008 } from './migrations/0008-webhooks.js';
import { Disputes1764000001009 } from './migrations/0009-disputes.js';

const MIGRATIONS = [
  LedgerAndConsole1764000000001,
  Seals1764000000002,
  Compare1764000000004,
  ToldSeals1764000000006,
  Accounts1764000000010,
  AccessTokens1764000001003,
  Webhooks1764000000008,
  Disputes1764000001009,
];

/** TypeORM's own list of what it has run, by class name. */
const MIGRATIONS_TABLE = 'migrations';

/** Two migrating processes at once would interleave: TypeORM takes no lock of its own. */
const MIGRATION_LOCK = 0x70616373;

/**
 * Brings the schema up to date, as a step of its own that runs before the apps of a new version start.
 *
 * @returns the names of the migrations that were run, none when all was up to date.
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: databaseUrl });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const source = await openDataSource(databaseUrl);
    try {
      const done = await source.runMigrations({ transaction: 'each' });
      return done.map((migration) => migration.name);
    } finally {
      await source.destroy();
    }
  } finally {
    await lock.end();
  }
}

/** @throws LedgerError SCHEMA_BEHIND when a migration of this version has not been run. */
export async function checkSchema(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const done = await readDone(client);
    const missing = MIGRATIONS.filter(({ name }) => !done.has(name));
    if (missing.length > 0) {
      throw new LedgerError(
        'SCHEMA_BEHIND',
        'the data base schema is older than this version: run the migrations first',
      );
    }
  } finally {
    await client.end();
  }
}

async function readDone(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows: tables } = await client.query('SELECT 1 WHERE to_regclass($1) IS NOT NULL', [
    MIGRATIONS_TABLE,
  ]);
  if (tables.length === 0) return new Set();
  const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE}`);
  return new Set(rows.map(({ name }) => name));
}

/** TypeORM is loaded where it is used: no app that only serves has the 0.2 s and the memory to spare for it. */
async function openDataSource(databaseUrl: string): Promise<DataSource> {
  await import('reflect-metadata');
  const typeorm = await import('typeorm');
  const source = new typeorm.DataSource({
    type: 'postgres',
    url: databaseUrl,
    synchronize: false,
    // The others write failures to the console, besides their being thrown.
    logger: 'debug',
    migrations: MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
  });
  return await source.initialize();
}
