import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { utf8 } from './utf8.js';
import { encodeBundle, parseBundle, parseTilePath, type Tile, tilePath, tilesBetween } from './tiles.js';

const code = (code: string): unknown => expect.objectContaining({ code });

describe('tile paths', () => {
  it.each<[string, Tile]>([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }], // the example of c2sp.org/tlog-tiles
    ['tile/1/x001/000.p/17', { level: 1, index: 1_000, width: 17 }],
    ['tile/63/999.p/255', { level: 63, index: 999, width: 255 }],
    ['tile/entries/x009/x007/x199/x254/x740/991', { level: 'entries', index: 2 ** 53 - 1, width: 256 }],
  ])('%s', (path, tile) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual(tile);
  });

  it.each([
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/01',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/../0/000',
    'tile/data/000',
  ])('%s names no tile', (path) => {
    expect(parseTilePath(path)).toBeUndefined();
  });

  it('come back (property)', () => {
    const tiles = fc.record<Tile>({
      level: fc.oneof(fc.constant('entries' as const), fc.nat(63)),
      index: fc.maxSafeNat(),
      width: fc.integer({ min: 1, max: 256 }),
    });
    fc.assert(fc.property(tiles, (tile) => expect(parseTilePath(tilePath(tile))).toEqual(tile)));
  });

  it('exist for tiles only', () => {
    expect(() => tilePath({ level: 0, index: 0, width: 0 })).toThrow(code('out-of-range'));
    expect(() => tilePath({ level: 0, index: 0.5, width: 1 })).toThrow(code('out-of-range'));
    expect(() => tilePath({ level: 64, index: 0, width: 1 })).toThrow(code('out-of-range'));
  });
});

describe('tilesBetween', () => {
  const paths = (from: number, to: number): string[] => tilesBetween(from, to).map(tilePath);

  it('is, from nothing, the whole tree (the example of c2sp.org/tlog-tiles)', () => {
    const tiles = tilesBetween(0, 70_000);
    expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273);
    expect(tiles.filter(({ level, width }) => level !== 0 || width !== 256).map(tilePath)).toEqual([
      'tile/0/273.p/112',
      'tile/1/000',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]);
    expect(paths(0, 256)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
  });

  it('is what a step adds', () => {
    expect(paths(0, 0)).toEqual([]);
    expect(paths(5, 5)).toEqual([]);
    expect(paths(256, 256)).toEqual([]);
    expect(paths(0, 1)).toEqual(['tile/0/000.p/1']);
    expect(paths(1, 3)).toEqual(['tile/0/000.p/3']);
    expect(paths(255, 256)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
    expect(paths(256, 257)).toEqual(['tile/0/001.p/1']);
    expect(paths(65_535, 65_537)).toEqual(['tile/0/255', 'tile/0/256.p/1', 'tile/1/000', 'tile/2/000.p/1']);
  });

  it('covers every hash once, whatever the steps (property)', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100_000), { minLength: 1, maxLength: 8 }), (points) => {
        const sizes = [0, ...points.sort((a, b) => a - b)];
        const final = new Map<string, number>();
        sizes.slice(1).forEach((to, i) => {
          for (const { index, level, width } of tilesBetween(sizes[i]!, to)) {
            if ((final.get(`${level}/${index}`) ?? 0) >= width) expect('a tile twice').toBe('once');
            final.set(`${level}/${index}`, width);
          }
        });
        const whole = tilesBetween(0, sizes.at(-1)!).map((tile) => [
          `${tile.level}/${tile.index}`,
          tile.width,
        ]);
        expect([...final].sort().join(' ')).toBe(whole.sort().join(' '));
      }),
    );
  });
});

describe('entry bundles', () => {
  it('put two bytes of length before each entry', () => {
    const entries = [utf8('a'), utf8(''), utf8('é'.repeat(200))];
    const bundle = encodeBundle(entries);
    expect([...bundle.subarray(0, 7)]).toEqual([0, 1, 97, 0, 0, 1, 144]);
    expect(parseBundle(bundle)).toEqual(entries);
    expect(parseBundle(new Uint8Array(0))).toEqual([]);
  });

  it('take 65,535 bytes and 256 entries, and no more', () => {
    expect(parseBundle(encodeBundle([new Uint8Array(65_535)]))[0]).toHaveLength(65_535);
    expect(() => encodeBundle([new Uint8Array(65_536)])).toThrow(code('out-of-range'));
    const many = Array.from({ length: 256 }, () => utf8('x'));
    expect(parseBundle(encodeBundle(many))).toEqual(many);
    expect(() => encodeBundle([...many, utf8('x')])).toThrow(code('out-of-range'));
    expect(() => parseBundle(new Uint8Array(2 * 257))).toThrow(code('malformed'));
  });

  it('are malformed when cut off anywhere but between entries', () => {
    const bundle = encodeBundle([utf8('abc'), utf8('de')]);
    for (let end = 1; end < bundle.length; end++) {
      if (end === 5) expect(parseBundle(bundle.subarray(0, end))).toHaveLength(1);
      else expect(() => parseBundle(bundle.subarray(0, end))).toThrow(code('malformed'));
    }
  });
});
