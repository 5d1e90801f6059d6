import 'reflect-metadata';
import pg from 'pg';
import { DataSource } from 'typeorm';
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
    const source = createDataSource(databaseUrl);
    await source.initialize();
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
  const source = createDataSource(databaseUrl);
  await source.initialize();
  try {
    if (await source.showMigrations()) {
      throw new LedgerError(
        'SCHEMA_BEHIND',
        'the data base schema is older than this version: run the migrations first',
      );
    }
  } finally {
    await source.destroy();
  }
}

function createDataSource(databaseUrl: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    synchronize: false,
    // The others write failures to the console, besides their being thrown.
    logger: 'debug',
    migrations: MIGRATIONS,
    migrationsTableName: 'migrations',
  });
}
