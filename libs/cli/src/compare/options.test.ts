import { describe, expect, it } from '@jest/globals';
import { IMPORT_OPTIONS } from '../import/import-options.js';
import { MAPPING_OPTIONS, TABLE_OPTIONS } from '../mapping-options.js';
import type { OptionSpecs } from '../options.js';
import { COMPARE_OPTIONS, rulesOf, uploadOf } from './options.js';

describe('uploadOf', () => {
  const base = { customer: 'acme', 'amount-column': ['a'] };

  it('asks as the service has it', () => {
    const { mediaType, query } = uploadOf('/tmp/october.tsv', {
      ...base,
      ...{ period: '2026-10', 'reference-column': 'r', 'time-zone': '+02:00', 'no-quotes': true },
      ...{ 'amount-column': ['in', 'out'], 'metadata-column': ['region', 'model'] },
      ...{ negate: true, scale: '0.001', reason: 'usage' },
    });
    expect(mediaType).toBe('text/csv');
    expect([...query.entries()]).toEqual([
      ['customerId', 'acme'],
      ['format', 'csv'],
      ['name', 'october.tsv'],
      ['period', '2026-10'],
      ['amountColumn', 'in'],
      ['amountColumn', 'out'],
      ['negate', 'true'],
      ['scale', '0.001'],
      ['reason', 'usage'],
      ['referenceColumn', 'r'],
      ['dimensionColumns', 'region,model'],
      ['timeZone', '+02:00'],
      ['quotes', 'false'],
      ['delimiter', 'tab'],
    ]);
  });

  it.each([
    ['usage.jsonl', undefined, 'application/x-ndjson'],
    ['usage.json', undefined, 'application/json'],
    ['-', 'ndjson', 'application/x-ndjson'],
    ['usage.txt', undefined, 'text/csv'],
  ])('knows the format of %s', (file, format, mediaType) => {
    expect(uploadOf(file, { ...base, ...(format !== undefined && { format }) }).mediaType).toBe(mediaType);
  });

  it.each([
    [{ 'amount-column': ['a'] }, /--customer/],
    [{ customer: 'acme' }, /--amount-column/],
    [{ ...base, format: 'xlsx' }, /--format/],
    [{ ...base, delimiter: '::' }, /--delimiter is one character/],
  ])('refuses %j', (values, message) => {
    expect(() => uploadOf('usage.csv', values)).toThrow(message);
  });
});

describe('what the columns mean', () => {
  it('is said as in an import: by the same options', () => {
    const specOf = (all: OptionSpecs, name: string) => {
      const { type, multiple } = all[name] ?? {};
      return { name, type, multiple };
    };
    const names = ['customer', ...Object.keys(MAPPING_OPTIONS), ...Object.keys(TABLE_OPTIONS)];
    for (const name of [...names, 'format', 'time-format', 'time-zone'])
      expect(specOf(COMPARE_OPTIONS, name)).toEqual(specOf(IMPORT_OPTIONS, name));
  });
});

describe('rulesOf', () => {
  it('says only what was said', () => {
    expect(rulesOf({})).toEqual({});
    expect(
      rulesOf({
        ...{ 'opposite-sign': true, tolerance: '0.01', 'time-window': '2.5', 'no-groups': true },
        'map-reason': ['Input tokens=input', 'a=b=c'],
      }),
    ).toEqual({
      ...{ sign: 'opposite', tolerance: { absolute: '0.01' }, timeWindowSeconds: 2.5, groups: false },
      reasonMap: { 'Input tokens': 'input', a: 'b=c' },
    });
  });

  it.each([{ 'time-window': '-1' }, { 'timing-window': 'soon' }, { 'map-reason': ['none'] }])(
    'refuses %j',
    (values) => {
      expect(() => rulesOf(values)).toThrow(/--/);
    },
  );
});
