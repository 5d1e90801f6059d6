import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEAD_LETTERS_STREAM, DELTAS_STREAM, EVENTS_STREAM } from '@pacspace/wire';
import { z } from 'zod';

/** The truth first: what is restored of a broken backup is worth most then. */
export const SAVED_STREAMS = [DELTAS_STREAM, DEAD_LETTERS_STREAM, EVENTS_STREAM] as const;

export const MANIFEST = 'manifest.json';

const file = z.object({ file: z.string().regex(/^[\w.]+$/), bytes: z.number(), sha256: z.string() });
const manifest = z.object({
  format: z.literal(1),
  takenAt: z.string(),
  postgres: file,
  /** Config and state are the server's words, given back to it as they are. */
  streams: z.array(file.extend({ config: z.looseObject({ name: z.string() }), state: z.looseObject({}) })),
});

/** What a backup consists of; written last, so that a folder without it is no backup. */
export type BackupManifest = z.output<typeof manifest>;
export type BackupFile = z.output<typeof file>;

/** @throws Error when the folder holds no whole backup, or a file of it is another than was written. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  let text: string;
  try {
    text = await readFile(join(folder, MANIFEST), 'utf8');
  } catch (cause) {
    throw new Error(`${folder} holds no whole backup: it has no ${MANIFEST}`, { cause });
  }
  const read = manifest.parse(JSON.parse(text));
  for (const { file: name, bytes, sha256 } of [read.postgres, ...read.streams]) {
    const found = await describeFile(folder, name);
    if (found.sha256 !== sha256 || found.bytes !== bytes)
      throw new Error(`${join(folder, name)} is not what was written: it has changed, or is cut off`);
  }
  return read;
}

export async function describeFile(folder: string, name: string): Promise<BackupFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(join(folder, name))) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { file: name, bytes, sha256: hash.digest('hex') };
}
