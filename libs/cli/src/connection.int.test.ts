import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolveConnection } from './connection.js';

let folder: string;
let empty: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-connection-'));
  empty = join(folder, 'empty');
  await mkdir(join(folder, '.data'));
  await mkdir(empty);
  await writeFile(
    join(folder, '.data', 'dev.json'),
    '{"baseUrl":"http://localhost:7001","apiKey":"pk_test_dev.s","more":1}',
  );
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const ENV = { PACSPACE_API_BASE_URL: 'https://env.example', PACSPACE_API_KEY: 'pk_test_env.s' };

describe('resolveConnection', () => {
  it('prefers options to the environment, and that to the file', () => {
    const options = { url: 'https://option.example', key: 'pk_live_option.s' };
    expect(resolveConnection(options, { env: ENV, cwd: folder })).toEqual({
      baseUrl: 'https://option.example',
      apiKey: 'pk_live_option.s',
    });
    expect(resolveConnection({ key: 'k' }, { env: ENV, cwd: folder })).toEqual({
      baseUrl: 'https://env.example',
      apiKey: 'k',
    });
    expect(resolveConnection({}, { env: { PACSPACE_API_KEY: '' }, cwd: folder })).toEqual({
      baseUrl: 'http://localhost:7001',
      apiKey: 'pk_test_dev.s',
    });
  });

  it.each([
    'https://a.example',
    'https://a.example/',
    'https://a.example/api/v1',
    'https://a.example/api/v1/balance/',
  ])('takes %s for the same base', (url) => {
    expect(resolveConnection({ url, key: 'k' }, { env: {}, cwd: empty }).baseUrl).toBe('https://a.example');
  });

  it('never sends the key of the local server elsewhere', () => {
    expect(() => resolveConnection({ url: 'https://a.example' }, { env: {}, cwd: folder })).toThrow(
      /no API key for that server/,
    );
    expect(() => resolveConnection({ key: 'k' }, { env: {}, cwd: folder })).toThrow(/no server/);
  });

  it.each([
    ['localhost:3000', 'k', /not a base URL/],
    ['ftp://a.example', 'k', /not a base URL/],
    ['https://a.example/?x=1', 'k', /no query/],
    ['https://a.example', 'k\n2', /characters no key has/],
  ])('refuses %s with %j', (url, key, message) => {
    expect(() => resolveConnection({ url, key }, { env: {}, cwd: empty })).toThrow(message);
  });

  it('says what is missing, and what a broken file needs', async () => {
    expect(() => resolveConnection({}, { env: {}, cwd: empty })).toThrow(/npm start/);
    await mkdir(join(empty, '.data'));
    await writeFile(join(empty, '.data', 'dev.json'), '{"baseUrl":');
    expect(() => resolveConnection({}, { env: {}, cwd: empty })).toThrow(/run `npm start` again/);
  });
});
