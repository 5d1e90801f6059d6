import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectLog, saveStream } from '@pacspace/log';
import type { z } from 'zod';
import type { projectorConfig } from '../config.js';
import { type BackupManifest, describeFile, MANIFEST, SAVED_STREAMS } from './backup-manifest.js';
import { runPostgresTool } from './postgres-tool.js';

/** What an installation cannot do without, and neither store holds. */
const KEYS = ['KEY_PEPPER', 'LOG_SIGNING_KEY', 'WEBHOOK_KEY'] as const;
const POSTGRES_FILE = 'postgres.dump';

export interface BackupOptions {
  /** Made; must be empty if it exists. */
  readonly folder: string;
  /** Where the keys go that this process has in its environment: not beside the data that they open. */
  readonly keysFile: string | undefined;
}

/**
 * `projector backup FOLDER`: a whole copy of log and data base, taken while everything runs.
 *
 * Postgres first, then the log: what the ledger has folded by then is in the log, and what the log has beyond it will be
 * folded again. The other way about the ledger would know envelopes that the log does not have.
 */
export async function backup(
  config: z.output<typeof projectorConfig>,
  { folder, keysFile }: BackupOptions,
): Promise<true> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty: name a folder of its own`);
  const takenAt = new Date().toISOString();
  await runPostgresTool('pg_dump', config.DATABASE_URL, [
    '--format=custom',
    '--no-owner',
    '--no-privileges',
    `--file=${join(folder, POSTGRES_FILE)}`,
  ]);
  const postgres = await describeFile(folder, POSTGRES_FILE);
  say(`data base: ${postgres.bytes} bytes`);
  const streams = await saveStreams(config.NATS_URL, folder);
  if (keysFile !== undefined) await writeKeys(keysFile);
  const manifest: BackupManifest = { format: 1, takenAt, postgres, streams };
  await writeFile(join(folder, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`);
  say(`${folder} is a whole backup`);
  return true;
}

async function saveStreams(url: readonly string[], folder: string): Promise<BackupManifest['streams']> {
  const connection = await connectLog({ url, name: 'projector backup' });
  try {
    const streams: BackupManifest['streams'] = [];
    for (const name of SAVED_STREAMS) {
      const file = `${name}.stream`;
      const handle = await open(join(folder, file), 'w', 0o600);
      const { config, state } = await saveStream(connection, name, async (chunk) => {
        await handle.writeFile(chunk);
      }).finally(() => handle.close());
      streams.push({ ...(await describeFile(folder, file)), config: { ...config }, state: { ...state } });
      say(`${name}: ${state.messages} messages, up to ${state.last_seq}`);
    }
    return streams;
  } finally {
    await connection.close();
  }
}

async function writeKeys(file: string): Promise<void> {
  const given = KEYS.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === '' ? [] : [`${name}=${value}\n`];
  });
  if (given.length === 0) throw new Error(`--keys: none of ${KEYS.join(', ')} is set here`);
  await writeFile(file, given.join(''), { mode: 0o600, flag: 'wx' });
  say(`${file}: ${given.length} keys; without them nobody's API key is known, and no head can be signed`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
