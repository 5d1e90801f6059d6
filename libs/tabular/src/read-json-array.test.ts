import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TabularError } from './errors.js';
import { readJsonArray } from './read-json-array.js';
import type { ReadItem } from './row.js';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function read(text: string, columns: readonly string[], size = 7): Promise<readonly ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const some of readJsonArray(inChunks(Buffer.from(text), size), columns)) items.push(...some);
  return items;
}

describe('readJsonArray', () => {
  it('makes each object a row, with the line on which it begins', async () => {
    const text = '\n[ {"a":1,"b":{"c":"x]}"}},\n\n{"a":0.12345678901234567,\n"b":[{}]}\n]\n';
    expect(await read(text, ['a', 'b.c'])).toMatchObject([
      { line: 2, cells: [1, 'x]}'] },
      { line: 4, cells: ['0.12345678901234567', undefined] },
    ]);
  });

  it('gives back any array of objects, however its bytes are cut', async () => {
    const anyRows = fc.array(fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(anyRows, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (rows, size, isWide) => {
        const items = await read(JSON.stringify(rows, null, isWide ? 2 : 0), [], size);
        expect(items.map((item) => ('content' in item ? JSON.parse(item.content) : item))).toEqual(
          JSON.parse(JSON.stringify(rows)),
        );
      }),
    );
  });

  it.each([
    ['[{"a":1},{"a":', /begins here does not end/],
    ['[{"a":1},', /array does not end/],
    ['[{"a":1}] {', /not a JSON array of objects from here on/],
    ['[{"a":1},7]', /not a JSON array of objects from here on/],
    ['[{"a":1},]', /not a JSON array of objects from here on/],
  ])('reads %j as far as it is one, and says where that ends', async (text, problem) => {
    expect(await read(text, ['a'])).toMatchObject([
      { cells: [1] },
      { problem: expect.stringMatching(problem), isLast: true },
    ]);
  });

  it('makes an object that is no JSON a bad row, and goes on', async () => {
    expect(await read('[{"a":1},{"a" 2},{"a":3} x,{"a":4}]', ['a'])).toMatchObject([
      { cells: [1] },
      { problem: 'is not a JSON object', text: '{"a" 2}' },
      { problem: 'is not a JSON object' },
      { cells: [4] },
    ]);
  });

  it('passes over an object of 10 MB in bounded memory, and goes on after it', async () => {
    const long = `{"a":"${'x'.repeat(10 << 20)}"}`;
    expect(await read(`[{"a":1},${long},{"a":2}]`, ['a'], 64 * 1024)).toMatchObject([
      { cells: [1] },
      { problem: 'is longer than 1024 KiB' },
      { cells: [2] },
    ]);
  });

  it.each(['', '{"a":1}', '[]', '[7]', '[', '[{"a":1}', 'null'])('refuses %j', async (text) => {
    await expect(read(text, ['a'])).rejects.toThrow(TabularError);
  });
});
