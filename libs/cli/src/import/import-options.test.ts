import { describe, expect, it } from '@jest/globals';
import { parseOptions } from '../options.js';
import { IMPORT_OPTIONS, hasColumns, readPlan, readSettings } from './import-options.js';

const values = (...args: readonly string[]) => parseOptions(IMPORT_OPTIONS, args).values;
const BASE = ['--customer', 'acme', '--amount-column', 'n'];

describe('readPlan', () => {
  it('reads what the columns mean', () => {
    expect(
      readPlan(
        values(
          ...BASE,
          '--amount-column',
          'm',
          '--negate',
          '--scale',
          '0.5',
          '--constant',
          'a=b=c',
          '--reason',
          'r',
        ),
      ),
    ).toEqual({
      customer: { constant: 'acme' },
      amountColumns: ['n', 'm'],
      reason: { constant: 'r' },
      factor: -500_000_000_000n,
      metadataColumns: [],
      metadataConstants: [['a', 'b=c']],
      keyColumns: [],
      keyNamespace: '',
    });
  });

  it.each([
    [['--customer-column', 'c'], /exclude each other/],
    [['--reason', 'a', '--reason-column', 'b'], /exclude each other/],
    [['--amount-column', 'n'], /given twice/],
    [['--reason', ''], /--reason is 1 to 500/],
    [['--scale', '0'], /--scale/],
    [['--scale', '1e-13'], /--scale/],
    [['--constant', '=x'], /NAME=TEXT/],
    [['--time-zone', 'utc'], /need a --time-column/],
    [['--time-column', 't', '--time-zone', 'Moon'], /no time zone "Moon"/],
    [['--time-column', 't', '--time-format', 'HH:mm'], /--time-format/],
  ])('refuses %j', (args, message) => {
    expect(() => readPlan(values(...BASE, ...args))).toThrow(message);
  });

  it('refuses a customer that no row could have', () => {
    expect(() => readPlan(values('--customer', 'a b', '--amount-column', 'n'))).toThrow(/--customer is/);
  });
});

describe('readSettings', () => {
  it('goes by the name of the file where nothing is said', () => {
    expect(readSettings('a.csv', values())).toMatchObject({
      format: 'csv',
      delimiter: ',',
      hasQuotes: true,
      limit: Infinity,
      batchSize: 2_000,
      concurrency: 4,
      rejectsPath: 'a.csv.rejects.csv',
      isDryRun: false,
    });
    expect(readSettings('a.TSV', values())).toMatchObject({ format: 'csv', delimiter: '\t' });
    expect(readSettings('a.jsonl', values())).toMatchObject({ format: 'ndjson' });
    expect(readSettings('-', values('--format', 'ndjson'))).toMatchObject({
      format: 'ndjson',
      rejectsPath: 'stdin.rejects.csv',
    });
    expect(readSettings('a.txt', values('--delimiter', 'tab', '--no-quotes', '--limit', '5'))).toMatchObject({
      delimiter: '\t',
      hasQuotes: false,
      limit: 5,
    });
  });

  it.each([
    ['--format', 'xml'],
    ['--delimiter', '||'],
    ['--delimiter', '"'],
    ['--encoding', 'ebcdic'],
    ['--limit', '0'],
    ['--limit', '1e3'],
    ['--batch-size', '10001'],
    ['--concurrency', '33'],
    ['--retry-for', '-1'],
  ])('refuses %s %s', (option, value) => {
    expect(() => readSettings('a.csv', values(`${option}=${value}`))).toThrow(option);
  });
});

describe('hasColumns', () => {
  it('wants a customer and an amount', () => {
    expect(hasColumns(values(...BASE))).toBe(true);
    expect(hasColumns(values('--customer', 'a'))).toBe(false);
    expect(hasColumns(values('--amount-column', 'a'))).toBe(false);
  });
});
