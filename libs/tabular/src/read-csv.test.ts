import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TabularError } from './errors.js';
import { type CsvOptions, csvReader } from './read-csv.js';
import type { ReadItem, Row } from './row.js';

const COMMA: CsvOptions = { delimiter: ',', hasQuotes: true };

async function* inChunks(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

async function read(
  text: string,
  columns: readonly string[],
  options = COMMA,
  size = 1 << 20,
): Promise<readonly ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const some of csvReader(options)(inChunks(text, size), columns)) items.push(...some);
  return items;
}

const short = (items: readonly ReadItem[]): readonly unknown[] =>
  items.map((item) => ('problem' in item ? [item.line, item.problem] : [item.line, ...item.cells]));

describe('csvReader', () => {
  it('hands over the columns asked for, in that order, with the line of each row', async () => {
    expect(short(await read('a,b,c\n1,2,3\n\n4,5,6', ['c', 'a']))).toEqual([
      [2, '3', '1'],
      [4, '6', '4'],
    ]);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('counts lines over quoted line breaks and blank lines with %s', async (_name, end) => {
    const text = ['a,b', '1,2', '', '"x', 'y', 'z",3', '', '4,5', ''].join(end);
    expect(short(await read(text, ['b']))).toEqual([
      [2, '2'],
      [4, '3'],
      [8, '5'],
    ]);
  });

  it('takes line endings as they come, mixed', async () => {
    expect(short(await read('a,b\r\n1,2\n3,4\r\n', ['a', 'b']))).toEqual([
      [2, '1', '2'],
      [3, '3', '4'],
    ]);
  });

  it('gives the same rows however the bytes are cut', async () => {
    const text = 'a,b,ü\r\n1,"2, ""two""",€\r\n"x\r\ny",4,😀\r\n5,6\r\n7,8,9';
    const whole = await read(text, ['b', 'ü']);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), async (size) => {
        expect(await read(text, ['b', 'ü'], COMMA, size)).toEqual(whole);
      }),
    );
  });

  it('makes a row with too few or too many cells a bad row, and goes on', async () => {
    expect(short(await read('a,b\n1\n2,3,4\n5,6\n', ['a']))).toEqual([
      [2, 'has 1 cells where the header has 2'],
      [3, 'has 3 cells where the header has 2'],
      [4, '5'],
    ]);
  });

  it.each([
    ['a quote that is never closed', 'a,b\n1,2\n"3,4\n5,6\n', /never closed/],
    ['a quote inside a cell', 'a,b\n1,2\n3" nails,4\n5,6\n', /quote inside a cell/],
    ['text after a quote', 'a,b\n1,2\n"3"x,4\n5,6\n', /after a closing quote/],
    ['a row without end', `a,b\n1,2\n"${'3,4\n'.repeat(400_000)}`, /longer than 1024 KiB/],
  ])('ends at %s with the line where it begins', async (_name, text, problem) => {
    const items = await read(text, ['a']);
    expect(short(items.slice(0, 1))).toEqual([[2, '1']]);
    expect(items).toHaveLength(2);
    expect(items[1]).toMatchObject({ line: 3, isLast: true, problem: expect.stringMatching(problem) });
  });

  it('reads quotes as they stand when told to', async () => {
    const items = await read('a\tb\n3" nails\t"4\n', ['a', 'b'], { delimiter: '\t', hasQuotes: false });
    expect(short(items)).toEqual([[2, '3" nails', '"4']]);
  });

  it.each([
    ['', /no header/],
    ['a,b', /header and no rows/],
    ['a,b\r\n\r\n', /header and no rows/],
    ['"a,b\n1,2\n', /header is not CSV/],
    ['a,c\n1,2\n', /no column "b"; there are: "a", "c"/],
    ['a,B\n1,2\n', /Is it "B"\?/],
    ['a;b\n1;2\n', /is it delimiter=';'/],
    ['a\tb\n1\t2\n', /is it delimiter=tab/],
    ['b,a,b\n1,2,3\n', /two columns "b"/],
  ])('refuses %j', async (text, message) => {
    await expect(read(text, ['b'])).rejects.toThrow(message);
    await expect(read(text, ['b'])).rejects.toThrow(TabularError);
  });

  it('makes the content of a row independent of quoting, line ends, delimiter and order of columns', async () => {
    const contents = async (text: string, options = COMMA): Promise<readonly string[]> =>
      (await read(text, [], options)).map((item) => (item as Row).content);
    const plain = await contents('a,b\n1,2\n3,4\n');
    expect(await contents('"a","b"\r\n"1",2\r\n3,"4"')).toEqual(plain);
    expect(await contents('a;b\n1;2\n3;4\n', { delimiter: ';', hasQuotes: true })).toEqual(plain);
    expect(await contents('b,a\n2,1\n4,3\n')).toEqual(plain);
    expect(await contents('a,c\n1,2\n3,4\n')).not.toEqual(plain);
    expect(new Set(await contents('a,b\n1,23\n12,3\n,123\n"1,2",3\n')).size).toBe(4);
  });
});
