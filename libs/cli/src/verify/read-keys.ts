import { readFileSync } from 'node:fs';
import { isJsonObject } from '@pacspace/domain';
import { sha256 } from '@pacspace/node-crypto';
import { parseVerifierKey, type VerifierKey } from '@pacspace/proof';
import { CliError } from '../errors.js';

/**
 * The keys of logs that the person trusts: those given, and those in files. A file holds one key a line (empty lines and
 * those that begin with # are passed over), or is what a server answers at /.well-known/pacspace-log-keys.
 *
 * @param files absolute paths.
 * @throws CliError USAGE for what is no verifier key; INPUT for a file that cannot be read.
 */
export function readKeys(given: readonly string[], files: readonly string[]): VerifierKey[] {
  return [
    ...given.map((text) => parseKey(text, '--key')),
    ...files.flatMap((path) => keyTexts(path).map((text) => parseKey(text, path))),
  ];
}

function parseKey(text: string, where: string): VerifierKey {
  try {
    return parseVerifierKey(sha256, text.trim());
  } catch (cause) {
    const shown = JSON.stringify(text.slice(0, 80));
    throw new CliError('USAGE', `${where}: ${shown} is no key of a log: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function keyTexts(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError('INPUT', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
  const texts = text.trimStart().startsWith('{') ? textsInAnswer(text) : textsInLines(text);
  // Without a single key every file would end as incomplete, and nobody would know why.
  if (texts.length === 0) throw new CliError('INPUT', `${path} holds no key`);
  return texts;
}

function textsInLines(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

function textsInAnswer(text: string): readonly string[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [];
  }
  const keys = isJsonObject(answer) ? answer['keys'] : undefined;
  if (!Array.isArray(keys)) return [];
  return keys
    .map((key: unknown) => (isJsonObject(key) ? key['verifierKey'] : undefined))
    .filter((key) => typeof key === 'string');
}
