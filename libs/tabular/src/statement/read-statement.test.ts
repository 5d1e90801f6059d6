import { describe, expect, it } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import { TabularError } from '../errors.js';
import type { StatementProblem, StatementRow } from './map-row.js';
import { type StatementMapping, parseStatementMapping } from './mapping.js';
import { readStatement } from './read-statement.js';

type Parameters = Readonly<Record<string, unknown>>;

function mappingOf(parameters: Parameters): StatementMapping {
  const parsed = parseStatementMapping({ amountColumn: 'amount', ...parameters });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.mapping;
}

interface Whole {
  readonly rows: readonly StatementRow[];
  readonly problems: readonly StatementProblem[];
  readonly formats: object;
  /** How often the file was begun. */
  readonly passes: number;
}

async function read(file: string | Buffer, parameters: Parameters = {}, size = 64): Promise<Whole> {
  const bytes = Buffer.from(file as string);
  let passes = 0;
  const open = async function* (): AsyncGenerator<Buffer> {
    passes += 1;
    for (let at = 0; at < bytes.length; at += size) {
      await Promise.resolve();
      yield bytes.subarray(at, at + size);
    }
  };
  const rows: StatementRow[] = [];
  const problems: StatementProblem[] = [];
  let formats = {};
  for await (const batch of readStatement(open, mappingOf(parameters))) {
    rows.push(...batch.rows);
    problems.push(...batch.problems);
    formats = batch.formats;
  }
  return { rows, problems, formats, passes };
}

const amounts = async (cells: readonly string[], parameters: Parameters = {}): Promise<readonly string[]> => {
  const { rows } = await read(['amount', ...cells, ''].join('\n'), { delimiter: ';', ...parameters });
  return rows.map(({ amount }) => formatAmount(amount));
};

const times = async (cells: readonly string[], parameters: Parameters = {}): Promise<readonly string[]> => {
  const lines = cells.map((cell) => `1;${cell}`);
  const { rows, problems } = await read(['amount;at', ...lines, ''].join('\n'), {
    delimiter: ';',
    timeColumn: 'at',
    ...parameters,
  });
  expect(problems).toEqual([]);
  return rows.map(({ timeMs }) => new Date(timeMs ?? NaN).toISOString());
};

describe('readStatement', () => {
  it.each<[string, string]>([
    [
      'csv',
      'ref,amount,at,why,region,more\nr1,1.5,2026-11-01T00:00:00Z,x,eu,?\n,-2,2026-11-02T00:00:00Z,,,\n',
    ],
    [
      'ndjson',
      '{"ref":"r1","amount":1.5,"at":"2026-11-01T00:00:00Z","why":"x","region":"eu"}\n{"amount":"-2","at":"2026-11-02T00:00:00Z"}\n',
    ],
    [
      'json',
      '[{"ref":"r1","amount":1.5,"at":"2026-11-01T00:00:00Z","why":"x","region":"eu"},\n{"amount":"-2","at":"2026-11-02T00:00:00Z"}]\n',
    ],
  ])('reads %s by its mapping', async (format, file) => {
    const mapping = {
      referenceColumn: 'ref',
      timeColumn: 'at',
      reasonColumn: 'why',
      dimensionColumns: 'region',
    };
    const { rows, problems, passes } = await read(file, { format, ...mapping });
    expect(problems).toEqual([]);
    expect(passes).toBe(1);
    expect(rows).toMatchObject([
      {
        row: 0,
        reference: 'r1',
        amount: 1_500_000_000_000n,
        timeMs: Date.UTC(2026, 10, 1),
        reason: 'x',
        dimensions: ['eu'],
      },
      {
        row: 1,
        reference: undefined,
        amount: -2_000_000_000_000n,
        timeMs: Date.UTC(2026, 10, 2),
        reason: undefined,
        dimensions: [undefined],
      },
    ]);
  });

  describe('amounts', () => {
    it.each<[readonly string[], readonly string[]]>([
      [
        ['1', '-20', '300'],
        ['1', '-20', '300'],
      ],
      [
        ['12,5', '1.234,50'],
        ['12.5', '1234.5'],
      ],
      [
        ['12.5', '1,234.50'],
        ['12.5', '1234.5'],
      ],
      [
        ['1 234,50', '7'],
        ['1234.5', '7'],
      ],
      // The last value settles how the others are meant.
      [
        ['1,234', '1,234', '7,5'],
        ['1.234', '1.234', '7.5'],
      ],
      [
        ['1.234', '2.345', '1.234.567'],
        ['1234', '2345', '1234567'],
      ],
      [
        ['1.234', '0.5'],
        ['1.234', '0.5'],
      ],
    ])('finds out how %j are written', async (cells, expected) => {
      expect(await amounts(cells)).toEqual(expected);
    });

    it('refuses, and does not guess, when every value has two readings', async () => {
      for (const cells of [['1,234'], ['1.234', '12.345', '7']]) {
        await expect(amounts(cells)).rejects.toThrow(TabularError);
        await expect(amounts(cells)).rejects.toThrow(
          /two readings|two ways.*decimalMark=\. or decimalMark=,/,
        );
      }
      expect(await amounts(['1,234'], { decimalMark: ',' })).toEqual(['1.234']);
      expect(await amounts(['1,234'], { decimalMark: '.' })).toEqual(['1234']);
    });

    it('multiplies them by a scale and turns their sign, exactly; what would be rounded is a problem', async () => {
      const scaled = (cells: readonly string[], scale: string) => amounts(cells, { scale, negate: 'true' });
      expect(await scaled(['12,5', '1.234,50', '0'], '0.001')).toEqual(['-0.0125', '-1.2345', '0']);
      const { rows, problems } = await read('amount\n1\n0.5\n', { scale: '0.000000000001' });
      expect(rows.map(({ amount }) => amount)).toEqual([1n]);
      expect(problems).toMatchObject([
        { line: 3, value: '0.5', problem: 'times 0.000000000001 has more than 12 decimals' },
      ]);
      const { rows: numbers } = await read('[{"amount": 3}]', { format: 'json', scale: '-2' });
      expect(numbers.map(({ amount }) => formatAmount(amount))).toEqual(['-6']);
    });

    it('reads an empty cell as none, as an import does', async () => {
      const { rows, problems } = await read('ref,amount\na,\nb,1\n', { referenceColumn: 'ref' });
      expect(rows.map(({ amount }) => amount)).toEqual([0n, 1_000_000_000_000n]);
      expect(problems).toEqual([]);
    });

    it('settles it beyond the first chunk, also when that reads differently', async () => {
      const cells = [...Array.from({ length: 500 }, () => '1,234'), '0,5'];
      expect((await amounts(cells)).slice(0, 1)).toEqual(['1.234']);
    });

    it('makes a value of the other notation a problem of its row', async () => {
      const { rows, problems } = await read('amount\n0.5\n"0,5"\n\n7\n', {});
      expect(rows.map(({ row }) => row)).toEqual([0, 2]);
      expect(problems).toMatchObject([{ row: 1, line: 3, column: 'amount', value: '0,5' }]);
      expect(problems[0]?.problem).toMatch(/not a decimal such as/);
    });

    it('never takes a JSON number for thousands', async () => {
      const { rows } = await read('[{"amount":1.234},{"amount":2.345}]', { format: 'json' });
      expect(rows.map(({ amount }) => formatAmount(amount))).toEqual(['1.234', '2.345']);
    });
  });

  describe('times', () => {
    it.each<[readonly string[], string]>([
      [['2026-11-05T06:07:08Z'], 'iso'],
      [['2026-11-05 07:07:08+01:00'], 'iso'],
      [['1793858828'], 'unix-s'],
      [['1793858828000'], 'unix-ms'],
      [['2026/11/05 06:07:08Z'], 'YYYY/M/D H:mm:ssZ'],
      [['05/11/2026 06:07:08 Z', '25/11/2026 06:07:08 Z'], 'D/M/YYYY H:mm:ss Z'],
      [['11/05/2026 06:07:08 Z', '11/25/2026 06:07:08 Z'], 'M/D/YYYY H:mm:ss Z'],
      [['05.11.2026 06:07:08Z', '25.11.2026 06:07:08Z'], 'D.M.YYYY H:mm:ssZ'],
      [['11/5/2026 6:07:08 AMZ', '11/25/2026 6:07:08 AMZ'], 'M/D/YYYY h:mm:ss AZ'],
      [['20261105T060708Z'], 'YYYYMMDDTHHmmssZ'],
    ])('finds out how %j are written', async (cells, format) => {
      const lines = cells.map((cell) => `1;${cell}`);
      const { rows, formats } = await read(['amount;at', ...lines].join('\n'), {
        delimiter: ';',
        timeColumn: 'at',
      });
      expect(formats).toMatchObject({ timeFormat: format });
      expect(new Date(rows[0]?.timeMs ?? NaN).toISOString()).toBe('2026-11-05T06:07:08.000Z');
    });

    it('refuses, and does not guess, when day and month may be swapped in every value', async () => {
      const cells = ['05/11/2026', '06/11/2026', '07/07/2026'];
      await expect(times(cells, { timeZone: 'utc' })).rejects.toThrow(
        /two ways, such as "05\/11\/2026": say timeFormat="D\/M\/YYYY" or timeFormat="M\/D\/YYYY"/,
      );
      expect((await times(cells, { timeZone: 'utc', timeFormat: 'DD/MM/YYYY' }))[0]).toBe(
        '2026-11-05T00:00:00.000Z',
      );
      // The same either way.
      expect(await times(['07/07/2026'], { timeZone: 'utc' })).toEqual(['2026-07-07T00:00:00.000Z']);
    });

    it('refuses times without a zone, until one is said', async () => {
      for (const cell of ['2026-11-05 06:07', '2026-11-05', '25/11/2026 06:07']) {
        await expect(times([cell])).rejects.toThrow(/name no zone.*timeZone=utc, timeZone=\+02:00/);
      }
      expect(await times(['2026-11-05 06:07'], { timeZone: 'Europe/Berlin' })).toEqual([
        '2026-11-05T05:07:00.000Z',
      ]);
      expect(await times(['2026-11-05 06:07'], { timeZone: '-05:00' })).toEqual(['2026-11-05T11:07:00.000Z']);
    });

    it('does not choose between the two times that a clock showed', async () => {
      const { problems } = await read('amount,at\n1,2026-10-25 02:30\n', {
        timeColumn: 'at',
        timeZone: 'Europe/Berlin',
      });
      expect(problems).toMatchObject([{ row: 0, column: 'at' }]);
      expect(problems[0]?.problem).toMatch(/showed twice/);
    });

    it.each(['', '5/11/26', 'yesterday', '32/11/2026'])('makes %j a problem of its row', async (cell) => {
      const { rows, problems } = await read(`amount,at\n1,${cell}\n`, { timeColumn: 'at', timeZone: 'utc' });
      expect([rows.length, problems.length, problems[0]?.column]).toEqual([0, 1, 'at']);
    });
  });

  it('gives every record the reason that was said for all', async () => {
    const { rows } = await read('amount\n1\n2\n', { reason: 'usage' });
    expect(rows.map(({ reason }) => reason)).toEqual(['usage', 'usage']);
  });

  describe('bad files', () => {
    it.each<[string, string | Buffer, Parameters, RegExp]>([
      ['nothing', '', {}, /statement is empty/],
      ['a header only', 'amount,ref\n', {}, /header and no rows/],
      ['a missing column', 'a,b\n1,2\n', {}, /no column "amount"; there are: "a", "b"/],
      ['another delimiter', 'amount;ref\n1;2\n', { referenceColumn: 'ref' }, /is it delimiter=';'/],
      ['UTF-16 without a mark', Buffer.from('amount\n1\n', 'utf16le'), {}, /encoding=utf-16/],
      ['a spreadsheet', 'PK\u0003\u0004', {}, /save it as CSV/],
    ])('refuses %s', async (_name, file, parameters, message) => {
      await expect(read(file, parameters)).rejects.toThrow(message);
      await expect(read(file, parameters)).rejects.toThrow(TabularError);
    });

    it('says where a quote opens that is never closed', async () => {
      const { rows, problems } = await read('amount,ref\n1,a\n2,"b\n3,c\n', { referenceColumn: 'ref' });
      expect(rows).toHaveLength(1);
      expect(problems).toMatchObject([{ row: 1, line: 3, column: '' }]);
      expect(problems[0]?.problem).toMatch(/never closed/);
    });

    it('does not take in a field of 10 MB', async () => {
      const file = `amount,ref\n1,a\n2,"${'x'.repeat(10 << 20)}"\n`;
      const { rows, problems } = await read(file, { referenceColumn: 'ref' }, 64 * 1024);
      expect(rows).toHaveLength(1);
      expect(problems).toHaveLength(1);
      expect(problems[0]?.problem).toMatch(/longer than 1024 KiB/);
      expect(problems[0]?.value.length).toBeLessThanOrEqual(100);
    });

    it('reads Windows-1252 when told, and says so when not', async () => {
      const file = Buffer.from('amount,why\n1,Geb\u00fchr\n', 'latin1');
      const { rows } = await read(file, { reasonColumn: 'why', encoding: 'latin1' });
      expect(rows[0]?.reason).toBe('Gebühr');
      const { problems } = await read(file, { reasonColumn: 'why' });
      expect(problems[0]).toMatchObject({ column: 'why', problem: expect.stringMatching(/encoding=latin1/) });
    });

    it('reads UTF-16 by its mark', async () => {
      const { rows } = await read(Buffer.from('\ufeffamount,why\n1,Gebühr\n', 'utf16le'), {
        reasonColumn: 'why',
      });
      expect(rows[0]?.reason).toBe('Gebühr');
    });

    it('takes no reference that the ledger could not have, and no text that no store holds', async () => {
      const file = `amount,ref\n1,${'r'.repeat(257)}\n2,a\u0000b\n`;
      const { problems } = await read(file, { referenceColumn: 'ref' });
      expect(problems.map(({ column, problem }) => [column, problem])).toEqual([
        ['ref', expect.stringMatching(/257 characters/)],
        ['ref', expect.stringMatching(/NUL/)],
      ]);
    });
  });
});

describe('parseStatementMapping', () => {
  it('reports every problem', () => {
    const parsed = parseStatementMapping({
      format: 'xls',
      delimiter: ',,',
      quotes: 'no',
      encoding: 'ebcdic',
      timeFormat: 'iso',
      timeZone: 'Mars',
      decimalMark: ';',
      dimensionColumns: 'a,,b',
      reasonColumn: ['a', 'b'],
      reason: 'r'.repeat(501),
      scale: '0',
      negate: 'yes',
    });
    expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path).sort()).toEqual([
      'amountColumn',
      'decimalMark',
      'delimiter',
      'dimensionColumns',
      'encoding',
      'format',
      'negate',
      'quotes',
      'reason',
      'reasonColumn',
      'scale',
      'timeFormat',
      'timeZone',
    ]);
  });

  it('takes a reason or a column of them, not both', () => {
    const parsed = parseStatementMapping({ amountColumn: 'a', reason: 'r', reasonColumn: 'b' });
    expect(parsed).toMatchObject({ ok: false, problems: [{ path: 'reason' }] });
  });
});
