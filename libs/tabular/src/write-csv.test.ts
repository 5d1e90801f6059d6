import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { formatCsvLine } from './write-csv.js';

describe('formatCsvLine', () => {
  it.each([
    ["=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"],
    ['+1+1', "'+1+1"],
    ['-2+3', "'-2+3"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['=1,2', `"'=1,2"`],
    ['-12.50', '-12.50'],
    ['say "x"', '"say ""x"""'],
  ])('writes %j as %s', (cell, expected) => {
    expect(formatCsvLine([cell])).toBe(expected);
  });

  it('leaves no cell that a spreadsheet runs, and loses nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 }), (cells) => {
        const [read] = parse(formatCsvLine(cells), { relax_column_count: true });
        expect(read).toHaveLength(cells.length);
        for (const [i, text] of (read ?? []).entries()) {
          const cell = cells[i] ?? '';
          expect([cell, `'${cell}`]).toContain(text);
          if (!/^[+-]?\d/.test(text)) expect(text).not.toMatch(/^[=+\-@\t\r]/);
        }
      }),
    );
  });
});
