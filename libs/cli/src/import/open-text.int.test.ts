import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Encoding } from '@pacspace/tabular';
import { openText } from './open-text.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-text-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(bytes: Buffer, encoding?: Encoding): Promise<string> {
  const path = join(folder, 'file');
  await writeFile(path, bytes);
  const source = await openText(path, encoding, new AbortController().signal);
  const chunks: Buffer[] = [];
  for await (const chunk of source.chunks) chunks.push(chunk);
  expect(source.sizeBytes).toBe(bytes.length);
  expect(source.readBytes()).toBe(bytes.length);
  return Buffer.concat(chunks).toString();
}

const TEXT = 'naïve,€,😀\n';
/** Longer than a chunk, so that characters are cut in two. */
const LONG = TEXT.repeat(60_000);
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

describe('openText', () => {
  it.each<[string, Buffer, Encoding | undefined]>([
    ['UTF-8', Buffer.from(LONG), undefined],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${LONG}`), undefined],
    ['UTF-16 little-endian with its mark', Buffer.from(`\ufeff${LONG}`, 'utf16le'), undefined],
    ['UTF-16 big-endian with its mark', swapped(`\ufeff${LONG}`), 'utf-16'],
    ['UTF-16 without mark, when told', Buffer.from(LONG, 'utf16le'), 'utf-16'],
  ])('reads %s', async (_name, bytes, encoding) => {
    expect((await read(bytes, encoding)) === LONG).toBe(true);
  });

  it('reads Latin 1, as Windows writes it', async () => {
    expect(await read(Buffer.from([0x6e, 0xef, 0x80]), 'latin1')).toBe('nï€');
  });

  it.each<[string, Buffer, Encoding | undefined, RegExp]>([
    ['nothing', Buffer.alloc(0), undefined, /is empty/],
    ['a mark that contradicts the option', Buffer.from(`\ufeffa`), 'latin1', /mark of utf-8, not of latin1/],
    ['UTF-16 without mark, untold', Buffer.from('a,b\n', 'utf16le'), undefined, /--encoding utf-16/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), undefined, /gunzip -c/],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004'), undefined, /spreadsheet/],
  ])('refuses %s', async (_name, bytes, encoding, message) => {
    await expect(read(bytes, encoding)).rejects.toThrow(message);
  });

  it('refuses a folder, and what is not there', async () => {
    const { signal } = new AbortController();
    await expect(openText(folder, undefined, signal)).rejects.toMatchObject({
      code: 'INPUT',
      message: expect.stringMatching(/folder/),
    });
    await expect(openText(join(folder, 'gone'), undefined, signal)).rejects.toThrow(/there is no file/);
  });

  it('ends with an error, not as if the file did, when it is interrupted', async () => {
    const path = join(folder, 'file');
    await writeFile(path, LONG);
    const stop = new AbortController();
    const { chunks } = await openText(path, undefined, stop.signal);
    const drain = async (): Promise<void> => {
      for await (const chunk of chunks) if (chunk.length > 0) stop.abort();
    };
    await expect(drain()).rejects.toThrow(/abort/i);
  });
});
