import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalBytes } from '@pacspace/proof';
import { jsonTextBytes } from './json-bytes.js';
import { type JsonObject, type JsonValue } from './json.js';
import { findMetadataProblem, METADATA_LIMITS } from './metadata.js';

const nested = (levels: number): JsonObject =>
  JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels)) as JsonObject;

/** Any metadata whose text and names any store can hold. */
const storable = fc
  .object({
    maxDepth: METADATA_LIMITS.depth - 1,
    key: fc.string({ unit: 'binary', maxLength: 40 }).filter((name) => !/^__proto__$|\0/.test(name)),
    values: [
      fc.string({ unit: 'binary', maxLength: 600 }).map((text) => text.replaceAll('\0', '')),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ],
  })
  .map((object) => object as JsonObject);

describe('jsonTextBytes', () => {
  it('is the length of the JSON form in UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(jsonTextBytes(text)).toBe(Buffer.byteLength(JSON.stringify(text)));
      }),
    );
  });

  it('knows every escape and every width', () => {
    for (let code = 0; code < 0x1_0000; code += code < 0x100 ? 1 : 97) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const text = String.fromCodePoint(code);
      expect([code, jsonTextBytes(text)]).toEqual([code, Buffer.byteLength(JSON.stringify(text))]);
    }
    expect(jsonTextBytes('😀')).toBe(6);
  });
});

describe('findMetadataProblem', () => {
  it('takes exactly what has at most the limit’s bytes in canonical form', () => {
    let over = 0;
    fc.assert(
      fc.property(storable, (metadata) => {
        const bytes = canonicalBytes(metadata).length;
        if (bytes > METADATA_LIMITS.bytes) over += 1;
        const problem = findMetadataProblem(metadata);
        expect(problem?.message).toBe(
          bytes > METADATA_LIMITS.bytes ? 'must not be longer than 8192 bytes as JSON' : undefined,
        );
      }),
      { numRuns: 300, examples: [[{ text: 'x'.repeat(8181) }], [{ text: 'x'.repeat(8182) }]] },
    );
    expect(over).toBeGreaterThan(0);
  });

  it.each<[string, (n: number) => JsonValue, number]>([
    ['plain letters', (n) => 'x'.repeat(n), 1],
    ['letters of two bytes', (n) => 'é'.repeat(n), 2],
    ['letters of three bytes', (n) => '€'.repeat(n), 3],
    ['emoji of four', (n) => '😀'.repeat(n), 4],
    ['quotes', (n) => '"'.repeat(n), 2],
    ['controls', (n) => '\u0001'.repeat(n), 6],
    ['numbers', (n) => new Array<number>(n).fill(1), 2],
    ['empty lists', (n) => new Array<JsonValue>(n).fill([]), 3],
  ])('counts %s', (_, make, unitBytes) => {
    const fits = Math.floor((METADATA_LIMITS.bytes - 20) / unitBytes);
    expect(findMetadataProblem({ m: make(fits) })).toBeUndefined();
    expect(findMetadataProblem({ m: make(fits + 20) })).toBeDefined();
    expect(canonicalBytes({ m: make(fits) }).length).toBeLessThanOrEqual(METADATA_LIMITS.bytes);
    expect(canonicalBytes({ m: make(fits + 20) }).length).toBeGreaterThan(METADATA_LIMITS.bytes);
  });

  it('takes 8 levels and refuses 9, in objects, in lists and in both', () => {
    expect(findMetadataProblem(nested(8))).toBeUndefined();
    expect(findMetadataProblem(nested(9))).toEqual({
      path: 'metadata',
      message: 'must not be nested deeper than 8 levels',
    });
    const lists = (levels: number): JsonObject => ({
      a: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as JsonValue,
    });
    expect(findMetadataProblem(lists(7))).toBeUndefined();
    expect(findMetadataProblem(lists(8))).toBeDefined();
  });

  it('neither overflows the stack nor walks on when it is hostile', () => {
    expect(findMetadataProblem(nested(100_000))).toBeDefined();
    let touched = 0;
    const counting = new Proxy(
      Array.from({ length: 100_000 }, () => 'x'),
      {
        get(target, name, receiver): unknown {
          touched += 1;
          return Reflect.get(target, name, receiver);
        },
      },
    );
    expect(findMetadataProblem({ list: counting })).toBeDefined();
    expect(touched).toBeLessThan(10);
  });

  it.each([
    ['NaN', { a: Number.NaN }, 'metadata.a'],
    ['an infinity', JSON.parse('{"a":[1,1e999]}') as JsonObject, 'metadata.a.1'],
    ['half a surrogate pair', { a: { b: '\ud83d' } }, 'metadata.a.b'],
    ['half a surrogate pair in a name', { a: { '\ude00': 1 } }, 'metadata.a'],
    ['NUL', { a: 'x\0' }, 'metadata.a'],
    ['NUL in a name', { 'a\0': 1 }, 'metadata'],
    ['__proto__', JSON.parse('{"a":{"__proto__":{"admin":true}}}') as JsonObject, 'metadata.a'],
    ['__proto__ with a plain value', JSON.parse('{"__proto__":1}') as JsonObject, 'metadata'],
  ])('refuses %s, and says where', (_, metadata, path) => {
    expect(findMetadataProblem(metadata)).toEqual({ path, message: expect.stringMatching(/^must/) });
  });

  it('takes names that only look dangerous', () => {
    const metadata = JSON.parse('{"constructor":1,"prototype":{"toString":2},"proto":3,"":4}') as JsonObject;
    expect(findMetadataProblem(metadata)).toBeUndefined();
  });
});
