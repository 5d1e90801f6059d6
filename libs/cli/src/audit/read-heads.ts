import { readFileSync } from 'node:fs';
import type { KnownHead } from '@pacspace/audit';
import { parseCheckpoint, parseNote } from '@pacspace/proof';
import { CliError } from '../errors.js';

/** @param name what the file was called; `path` is where it is. @throws CliError INPUT for what is no signed head. */
export function readKnownHead(name: string, path: string): KnownHead {
  try {
    const note = readFileSync(path, 'utf8');
    return { name, note, checkpoint: parseCheckpoint(parseNote(note).text) };
  } catch (cause) {
    throw new CliError('INPUT', `${name} is no head of a log: ${(cause as Error).message}`, { cause });
  }
}
