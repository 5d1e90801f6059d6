import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { DELTA_LIMITS } from '@pacspace/domain';
import { columnKeys, keyByColumns, keyByContent } from './key-rows.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('keys of rows', () => {
  it('are pinned: another recipe would import every file again', () => {
    const keys = keyByContent();
    keys.identify('a');
    const keyOf = columnKeys('tokens', '');
    expect(keyOf(keys.identify('a'))).toBe(
      `i1.${sha256('a').slice(0, 32)}.1.${sha256('["","tokens"]').slice(0, 16)}`,
    );
    expect(keyOf(keys.identify('a'))).toBe('i1.ca978112ca1bbdcafac231b39a23dc4d.2.fa6f6ddaf8b9f1a4');
  });

  it('number identical rows, and only those', () => {
    const keys = keyByContent();
    const numbers = ['x', 'y', 'x', 'x', 'y', 'z'].map((content) => keys.identify(content).occurrence);
    expect(numbers).toEqual([0, 0, 1, 2, 1, 0]);
  });

  it('do not depend on the order of different rows', () => {
    const rows = ['a', 'b', 'a', 'c', 'b', 'a'];
    const keysOf = (list: readonly string[]): readonly string[] => {
      const keys = keyByContent();
      return list.map((content) => columnKeys('n', '')(keys.identify(content))).sort();
    };
    expect(keysOf(rows.toSorted())).toEqual(keysOf(rows));
  });

  it('differ by column and by namespace, without running into each other', () => {
    const row = keyByContent().identify('row');
    const keys = [
      columnKeys('a', ''),
      columnKeys('b', ''),
      columnKeys('a', 'b'),
      columnKeys('ab', ''),
      columnKeys('', 'ab'),
    ];
    expect(new Set(keys.map((keyOf) => keyOf(row))).size).toBe(keys.length);
  });

  it('count nothing where columns identify a row', () => {
    const keys = keyByColumns();
    expect(keys.identify('id 1')).toEqual(keys.identify('id 1'));
    expect(keys.isOrderBound()).toBe(false);
  });

  it('fit into what a key may be, whatever the name of the column', () => {
    const row = { ...keyByContent().identify('row'), occurrence: 4_294_967_295 };
    expect(columnKeys('x'.repeat(10_000), 'y'.repeat(10_000))(row).length).toBeLessThan(
      DELTA_LIMITS.idempotencyKeyLength,
    );
  });
});
