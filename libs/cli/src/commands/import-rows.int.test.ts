import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COLUMNS, ImportFixture, usage } from '../import/import-fixture.test-helper.js';

let t: ImportFixture;

beforeEach(async () => {
  t = await ImportFixture.open();
});

afterEach(async () => {
  await t.close();
});

describe('pacspace import, row by row', () => {
  it('lists rejects with line and reason in a file beside it, and removes the list when there are none', async () => {
    await t.file(
      'usage.csv',
      'At,In,Out\n2023-11-16,5,1\n"2023-11-31",6,1\n2023-11-16,"1,5",x\n2023-11-16,7\n\n2023-11-16,0,\n',
    );
    const first = await t.run(['usage.csv', ...COLUMNS]);
    expect(first.code).toBe(1);
    expect(await t.text('usage.csv.rejects.csv')).toBe(
      [
        'line,column,value,reason',
        '3,At,2023-11-31,a day or time that does not exist',
        '4,In,"1,5",is not a decimal such as -12.50 (a point before the decimals, nothing between thousands)'.replace(
          'is not a decimal such as -12.50 (a point before the decimals, nothing between thousands)',
          '"is not a decimal such as -12.50 (a point before the decimals, nothing between thousands)"',
        ),
        '4,Out,x,"is not a decimal such as -12.50 (a point before the decimals, nothing between thousands)"',
        '5,,2023-11-16 | 7,has 2 cells where the header has 3',
        '',
      ].join('\n'),
    );
    expect(first.stdout).toMatch(/rejected 3 rows; listed in usage\.csv\.rejects\.csv/);
    expect(first.stdout).toMatch(/skipped 1 amounts of zero/);
    expect(first.stdout).toMatch(/skipped empty amount cells: Out 1/);
    expect(t.server.sum).toBe(6n);

    await t.file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-30,6,1\n');
    expect((await t.run(['usage.csv', ...COLUMNS])).code).toBe(0);
    expect(await t.exists('usage.csv.rejects.csv')).toBe(false);
    expect(t.server.sum).toBe(13n);
  });

  it('lists what the server rejects, also the same rows with another meaning', async () => {
    await t.file('usage.csv', 'who,n\na,1\nrefused,2\nb,3\n');
    const columns = ['--customer-column', 'who', '--amount-column', 'n'];
    expect(await t.report(['usage.csv', ...columns])).toMatchObject({
      exitCode: 1,
      recorded: 2,
      rejectedDeltas: 1,
    });
    expect(await t.text('usage.csv.rejects.csv')).toContain('3,n,2,FORBIDDEN: not this customer');
    const scaled = await t.report(['usage.csv', ...columns, '--scale', '2']);
    expect(scaled).toMatchObject({ recorded: 0, rejectedDeltas: 3 });
    expect(t.server.sum).toBe(4n);
    expect(
      await t.report(['usage.csv', ...columns, '--scale', '2', '--key-namespace', 'doubled']),
    ).toMatchObject({ recorded: 2 });
    expect(t.server.sum).toBe(12n);
  });

  it('goes by --key-column where rows have an identity of their own', async () => {
    const columns = ['--customer', 'acme', '--amount-column', 'n', '--key-column', 'id'];
    await t.file('a.csv', 'id,n\nx,1\ny,2\nx,1\n');
    await t.file('b.csv', 'n,id,note\n1,x,new\n2,y,new\n4,z,new\n');
    expect(await t.report(['a.csv', ...columns])).toMatchObject({ recorded: 2, alreadyRecorded: 1 });
    expect(await t.report(['b.csv', ...columns])).toMatchObject({ recorded: 1, alreadyRecorded: 2 });
    expect(t.server.sum).toBe(7n);
  });

  it('imports NDJSON by path, with metadata and constants', async () => {
    await t.file(
      'calls.ndjson',
      '{"t":{"id":"acme"},"u":{"s":90},"model":"m1","at":1700000000}\n{"t":{"id":"acme"},"u":{}}\nnot json\n',
    );
    const result = await t.run([
      'calls.ndjson',
      '--customer-column',
      't.id',
      '--amount-column',
      'u.s',
      '--reason',
      'seconds',
      '--scale',
      '0.5',
      '--negate',
      '--time-column',
      'at',
      '--time-format',
      'unix-s',
      '--metadata-column',
      'model',
      '--constant',
      'source=test',
    ]);
    expect(result.code).toBe(1);
    const text = [...t.server.recorded.values()][0]?.text ?? '';
    expect(JSON.parse(text)).toEqual({
      customerId: 'acme',
      delta: '-45',
      reason: 'seconds',
      occurredAt: '2023-11-14T22:13:20.000Z',
      metadata: { source: 'test', model: 'm1' },
      idempotencyKey: expect.stringMatching(/^i1\./),
    });
    expect(await t.text('calls.ndjson.rejects.csv')).toMatch(
      /2,at,,has no time\n3,,not json,is not a JSON object\n/,
    );
  });

  it('imports what stands before a place where the file is broken, and says so', async () => {
    await t.file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-16,"6,1\n2023-11-16,7,1\n');
    const { code, stdout } = await t.run(['usage.csv', ...COLUMNS]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'line 3: a quote that opens in this row is never closed; nothing from here on was read',
    );
    expect(t.server.sum).toBe(6n);
  });

  it('sends nothing in a dry run, and needs no server for it', async () => {
    await t.file('usage.csv', usage(100));
    const { code, stdout } = await t.run([
      'usage.csv',
      ...COLUMNS,
      '--dry-run',
      '--url',
      'http://127.0.0.1:1',
    ]);
    expect(code).toBe(0);
    expect(t.server.requests).toBe(0);
    expect(stdout).toContain('100 rows → 200 deltas (dry run: nothing was sent)');
    expect(stdout).toMatch(/acme +In +100 +5,050\n/);
    expect(stdout).toContain(
      '{"customerId":"acme","occurredAt":"2023-11-16T18:15:00.000Z","delta":"1","reason":"In"',
    );
  });

  it('reads no more rows than --limit', async () => {
    await t.file('usage.csv', usage(100));
    expect(await t.report(['usage.csv', ...COLUMNS, '--limit', '7'])).toMatchObject({
      rows: 7,
      recorded: 14,
    });
  });
});
