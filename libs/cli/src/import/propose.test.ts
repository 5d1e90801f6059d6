import { describe, expect, it } from '@jest/globals';
import { formatProposal, proposeOptions } from './propose.js';

const sample = (
  columns: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> => new Map(Object.entries(columns));

describe('proposeOptions', () => {
  it('sees amounts and the time, and leaves the customer to the user', () => {
    const trace = sample({
      TIMESTAMP: ['2023-11-16 18:15:46.6805900'],
      ContextTokens: ['374'],
      GeneratedTokens: ['44'],
    });
    expect(proposeOptions(trace, {})).toEqual([
      '--customer',
      'CUSTOMER',
      '--time-column',
      'TIMESTAMP',
      '--amount-column',
      'ContextTokens',
      '--amount-column',
      'GeneratedTokens',
    ]);
  });

  it('tells ids, references and Unix times from amounts', () => {
    const usage = sample({
      request_id: ['7', '8'],
      account: ['a', 'b'],
      created_at: ['1700000000123', '1700000000456'],
      region_code: ['1', '2'],
      tokens: ['5', ''],
      note: ['x', '9'],
    });
    expect(proposeOptions(usage, {})).toEqual([
      '--customer-column',
      'account',
      '--time-column',
      'created_at',
      '--time-format',
      'unix-ms',
      '--reference-column',
      'request_id',
      '--amount-column',
      'tokens',
    ]);
  });

  it('adds only what is not said yet', () => {
    const usage = sample({ who: ['a'], n: ['5'], m: ['6'], at: ['2023-11-16'] });
    expect(proposeOptions(usage, { customer: 'x', 'time-column': 'at', 'metadata-column': ['m'] })).toEqual([
      '--amount-column',
      'n',
    ]);
    expect(proposeOptions(sample({ who: ['a'] }), { customer: 'x' })).toEqual(['--amount-column', 'AMOUNT']);
  });
});

describe('formatProposal', () => {
  it('is a command line that a shell takes as it stands', () => {
    const text = formatProposal(
      sample({ "it's": ['1'] }),
      ['my file.csv'],
      ['--customer', 'CUSTOMER', '--amount-column', "it's"],
    );
    expect(text).toContain(
      `npx pacspace import 'my file.csv' --customer CUSTOMER --amount-column 'it'\\''s'`,
    );
    expect(text).toContain('CUSTOMER is for you to say');
  });
});
