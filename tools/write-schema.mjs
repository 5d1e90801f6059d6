import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSchema, migrate } from '@pacspace/ledger';
import pg from 'pg';
import { providePostgres, startPostgres } from './servers/index.mjs';

// Runs the migrations on an empty cluster of its own and writes what they made to docs/schema.sql. Needs a build.
const dataDir = mkdtempSync(join(tmpdir(), 'pacspace-schema-'));
const server = await startPostgres({ binary: await providePostgres(), dataDir, fsync: false });
try {
  await migrate(server.url);
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  writeFileSync(new URL('../docs/schema.sql', import.meta.url), await describeSchema(client));
  await client.end();
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
