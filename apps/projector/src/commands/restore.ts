import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createLedgerPool } from '@pacspace/ledger';
import { connectLog, restoreStream, type SavedStream } from '@pacspace/log';
import type { z } from 'zod';
import type { projectorConfig } from '../config.js';
import { readManifest } from './backup-manifest.js';
import { runPostgresTool } from './postgres-tool.js';

/**
 * `projector restore FOLDER`: into an empty data base and a NATS server without our streams, with no app running. Then
 * start the apps: the projector folds what the log has beyond the ledger.
 *
 * Every file is held against its hash before anything is written.
 */
export async function restore(config: z.output<typeof projectorConfig>, folder: string): Promise<true> {
  const { postgres, streams, takenAt } = await readManifest(folder);
  await expectEmpty(config.DATABASE_URL);
  const connection = await connectLog({ url: config.NATS_URL, name: 'projector restore' });
  try {
    for (const { file, ...saved } of streams) {
      const stream = saved as unknown as SavedStream;
      const replicated = { ...stream, config: { ...stream.config, num_replicas: config.STREAM_REPLICAS } };
      const info = await restoreStream(connection, replicated, createReadStream(join(folder, file)));
      say(`${info.config.name}: ${info.state.messages} messages, up to ${info.state.last_seq}`);
    }
  } finally {
    await connection.close();
  }
  await runPostgresTool('pg_restore', config.DATABASE_URL, [
    '--exit-on-error',
    '--no-owner',
    '--no-privileges',
    '--dbname=', // the one of the environment
    join(folder, postgres.file),
  ]);
  say(`restored as of ${takenAt}; empty Redis, start the apps, then run: projector check, projector rebuild`);
  return true;
}

async function expectEmpty(url: string): Promise<void> {
  const pool = createLedgerPool({ url, name: 'projector restore', max: 1 });
  try {
    const { rows } = await pool.query<{ schema: string }>(
      `SELECT nspname AS schema FROM pg_namespace
       WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', 'public')`,
    );
    const found = rows.map(({ schema }) => schema).join(', ');
    if (found !== '')
      throw new Error(`the data base is not empty (${found}): make a new one for the restore`);
  } finally {
    await pool.end();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
