import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isJsonObject, type JsonValue } from '@pacspace/domain';
import type { CommandContext } from './command.js';
import { CliError } from './errors.js';
import type { OptionSpecs } from './options.js';

/** The two options of every command that talks to a server. */
export const CONNECTION_OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'base URL of the service (else PACSPACE_API_BASE_URL, else .data/dev.json)',
  },
  key: {
    type: 'string',
    value: 'KEY',
    help: 'API key (else PACSPACE_API_KEY, else .data/dev.json). Other users of this machine can see an option; prefer the variable.',
  },
} as const satisfies OptionSpecs;

export interface Connection {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiKey: string;
}

interface Given {
  readonly url?: string;
  readonly key?: string;
}

const DEV_FILE = join('.data', 'dev.json');

/** @throws CliError USAGE when there is no URL or no key, or one that cannot be meant. */
export function resolveConnection(given: Given, context: Pick<CommandContext, 'env' | 'cwd'>): Connection {
  const { env, cwd } = context;
  const url = given.url ?? present(env['PACSPACE_API_BASE_URL']);
  const key = given.key ?? present(env['PACSPACE_API_KEY']);
  // The key of a local server says nothing to another one: the file is taken as a whole or not at all.
  const dev = url === undefined && key === undefined ? readDevConnection(cwd) : undefined;
  return { baseUrl: checkUrl(url ?? dev?.baseUrl), apiKey: checkKey(key ?? dev?.apiKey) };
}

export function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function checkUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new CliError(
      'USAGE',
      `no server: give --url or PACSPACE_API_BASE_URL beside the key; or give neither, in the folder where \`npm start\` wrote ${DEV_FILE}`,
    );
  }
  return parseBaseUrl(text);
}

/** @throws CliError USAGE for a text that cannot be meant as one. */
export function parseBaseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new CliError('USAGE', `not a base URL such as https://app.pacspace.io: ${JSON.stringify(text)}`);
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new CliError('USAGE', 'the base URL must have no query, fragment or user name');
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/api\/v1(\/balance)?$/, '');
}

function checkKey(text: string | undefined): string {
  if (text === undefined) {
    throw new CliError(
      'USAGE',
      `no API key for that server: give PACSPACE_API_KEY or --key (pk_test_… or pk_live_…); ${DEV_FILE} counts only when neither URL nor key is given`,
    );
  }
  const key = text.trim();
  // A line break or a letter outside Latin would fail inside the HTTP client, with a message about headers.
  if (!/^[\x21-\x7e]+$/.test(key)) throw new CliError('USAGE', 'the API key holds characters no key has');
  return key;
}

function readDevConnection(cwd: string): Connection | undefined {
  const content = readDevFile(cwd);
  if (content === undefined) return undefined;
  const { baseUrl, apiKey } = content;
  if (typeof baseUrl !== 'string' || typeof apiKey !== 'string') {
    throw new CliError('USAGE', `${DEV_FILE} holds no baseUrl and apiKey: run \`npm start\` again`);
  }
  return { baseUrl, apiKey };
}

/** What `npm start` wrote in this folder; undefined when it did not. @throws CliError USAGE when it cannot be read. */
export function readDevFile(cwd: string): Readonly<Record<string, JsonValue>> | undefined {
  const path = join(cwd, DEV_FILE);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError('USAGE', `cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  const content = parseOrUndefined(text);
  return isJsonObject(content) ? content : {};
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
