import { describe, expect, it } from '@jest/globals';
import { type Encoding, decodeText } from './decode-text.js';

async function decode(bytes: Buffer, encoding?: Encoding, size = 3): Promise<string> {
  async function* inChunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) {
      await Promise.resolve();
      yield bytes.subarray(at, at + size);
    }
  }
  const chunks: Buffer[] = [];
  for await (const chunk of decodeText(inChunks(), { name: 'f.csv', encoding })) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const TEXT = 'naïve,€,😀\n'.repeat(20);

describe('decodeText', () => {
  it.each<[string, Buffer, Encoding | undefined]>([
    ['UTF-8', Buffer.from(TEXT), undefined],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${TEXT}`), undefined],
    ['UTF-16 little-endian with its mark', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), undefined],
    ['UTF-16 big-endian with its mark', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16(), 'utf-16'],
    ['UTF-16 without mark, when told', Buffer.from(TEXT, 'utf16le'), 'utf-16'],
  ])('reads %s, however its bytes are cut', async (_name, bytes, encoding) => {
    for (const size of [1, 3, 5, 64]) expect(await decode(bytes, encoding, size)).toBe(TEXT);
  });

  it('reads Windows-1252 when told, and only then', async () => {
    const bytes = Buffer.from([0x6e, 0xef, 0x80, 0x0a]);
    expect(await decode(bytes, 'latin1')).toBe('nï€\n');
    expect(await decode(bytes)).toContain('\ufffd');
  });

  it.each<[string, Buffer, Encoding | undefined, RegExp]>([
    ['nothing', Buffer.alloc(0), undefined, /f\.csv is empty/],
    [
      'a mark that contradicts what was said',
      Buffer.from('\ufeffa'),
      'latin1',
      /mark of utf-8, not of latin1/,
    ],
    ['UTF-16 without mark, untold', Buffer.from('a,b\n', 'utf16le'), undefined, /encoding=utf-16/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), undefined, /gunzip -c/],
    ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), undefined, /zstd -dc/],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004'), undefined, /spreadsheet/],
  ])('refuses %s', async (_name, bytes, encoding, message) => {
    await expect(decode(bytes, encoding)).rejects.toThrow(message);
  });
});
