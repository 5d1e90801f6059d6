import { describe, expect, it } from '@jest/globals';
import { readNdjson } from './read-ndjson.js';
import type { ReadItem, Row } from './row.js';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function read(
  text: string | Buffer,
  columns: readonly string[],
  size = 7,
): Promise<readonly ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const some of readNdjson(inChunks(Buffer.from(text), size), columns)) items.push(...some);
  return items;
}

const cells = async (text: string, columns: readonly string[]): Promise<readonly unknown[]> =>
  (await read(text, columns)).map((item) => (item as Row).cells);

describe('readNdjson', () => {
  it('finds members by path, and those whose own name has a dot', async () => {
    const text = '{"u":{"n":1,"t":[5,6]},"a.b":2,"a":{"b":3}}\r\n\n{"u":null}\n';
    expect(await cells(text, ['u.n', 'u.t.1', 'a.b', 'u.x.y'])).toEqual([
      [1, 6, 2, undefined],
      [undefined, undefined, undefined, undefined],
    ]);
  });

  it('sees own members only', async () => {
    expect(await cells('{"a":1}', ['constructor', 'a.toFixed', '__proto__'])).toEqual([
      [undefined, undefined, undefined],
    ]);
    expect(await cells('{"__proto__":"x"}', ['__proto__'])).toEqual([['x']]);
  });

  it('keeps digits that a double would change', async () => {
    const text = '{"n":0.12345678901234567,"big":9007199254740993,"short":1.50,"s":"0.12345678901234567"}';
    expect(await cells(text, ['n', 'big', 'short', 's'])).toEqual([
      ['0.12345678901234567', '9007199254740993', 1.5, '0.12345678901234567'],
    ]);
  });

  it('ends a line at LF only, and numbers blank lines', async () => {
    const items = await read('{"a":"x\u2028y"}\n\n  \n{"a":2}', ['a']);
    expect(items.map((item) => [item.line, (item as Row).cells[0]])).toEqual([
      [1, 'x\u2028y'],
      [4, 2],
    ]);
  });

  it('makes a line that is no object a bad row, and goes on', async () => {
    const items = await read('{"a":1}\n{"a":\n7\nnull\n{"a":2}\n', ['a']);
    expect(items.map((item) => ('problem' in item ? item.problem : item.cells[0]))).toEqual([
      1,
      'is not a JSON object',
      'is not a JSON object',
      'is not a JSON object',
      2,
    ]);
  });

  it('passes over a line without end in bounded memory, and goes on after it', async () => {
    const long = `{"a":"${'x'.repeat(3 << 20)}"}`;
    const items = await read(Buffer.from(`{"a":1}\n${long}\n{"a":2}\n`), ['a'], 64 * 1024);
    expect(items).toMatchObject([
      { cells: [1] },
      { line: 2, problem: 'is longer than 1024 KiB' },
      { line: 3, cells: [2] },
    ]);
  });

  it('knows a JSON array, and a file without rows', async () => {
    expect(await read('[{"a":1},\n{"a":2}]', ['a'])).toMatchObject([
      { problem: expect.stringContaining('jq') },
      {},
    ]);
    await expect(read('\n \n', ['a'])).rejects.toThrow(/no rows/);
  });
});
