import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { disputeToCsv, makeDispute } from '@pacspace/testing';
import { pacspace } from '../../system/commands.js';
import { BASE, gateway, inThePast, record } from './comparing.js';

describe('npx pacspace compare', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pacspace-compare-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  const runCommand = (...args: readonly string[]) =>
    pacspace(args, {
      cwd: folder,
      env: { PACSPACE_API_BASE_URL: gateway.app.baseUrl, PACSPACE_API_KEY: gateway.keys.test },
    });
  const run = (...args: readonly string[]) => runCommand('compare', ...args);

  const columns = (customer: string, month: string) => [
    ...[
      '--customer',
      customer,
      '--period',
      month,
      '--amount-column',
      'amount',
      '--reference-column',
      'reference',
    ],
    ...['--time-column', 'time', '--reason-column', 'reason', '--metadata-column', 'region'],
  ];

  it('shows what differs, what explains it and where it begins, exports it, and its exit code tells', async () => {
    const made = inThePast(makeDispute({ seed: 41, records: 400, faults: ['drop', 'scale', 'duplicate'] }));
    await record('cli', made);
    const month = new Date(made.scope.startMs).toISOString().slice(0, 7);
    await writeFile(join(folder, 'theirs.csv'), disputeToCsv(made.there));
    const page = await run('theirs.csv', ...columns('cli', month), '--export', 'differs.csv');
    expect([page.code, page.stderr]).toEqual([1, expect.stringContaining('sending theirs.csv')]);
    expect(page.stdout).toContain(`theirs.csv differs from the ledger · customer cli · ${month}`);
    expect(page.stdout).toMatch(
      /What explains it, most first\n\s+1\. the statement's amounts are the ledger's times 1\/1000/,
    );
    expect(page.stdout).toMatch(/its receipt rcp_[0-9a-f]{32}, its record rec_[0-9a-f]{32}/);
    expect(page.stdout).toMatch(/open: more may be recorded/);
    const reportId = /report (cmp_[0-9a-f]{32})/.exec(page.stdout)?.[1] ?? '';
    const { body } = await gateway.get(`${BASE}/${reportId}`);
    expect(page.stdout.replaceAll(',', '')).toContain(`${body.data.discrepancyExact} = the discrepancy`);
    const exported = await readFile(join(folder, 'differs.csv'), 'utf8');
    const differing = made.truth.findings.filter((one) => one.class !== 'matched');
    const numbers = exported
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0]);
    expect(new Set(numbers).size).toBe(differing.length);

    const again = await run('--statement', body.data.statementId, '--tolerance-percent', '100', '--json');
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toMatchObject({
      statementId: body.data.statementId,
      rules: { tolerance: { percent: '100' } },
    });

    await writeFile(join(folder, 'ours.csv'), disputeToCsv(made.here));
    const same = await run('ours.csv', ...columns('cli', month));
    expect([same.code, same.stdout]).toEqual([
      0,
      expect.stringContaining('agrees with the ledger, record by record'),
    ]);
    const quiet = await run('ours.csv', ...columns('cli', month), '--quiet');
    expect(quiet).toMatchObject({ code: 0, output: '' });
  });

  it('agrees with what was imported under the same options', async () => {
    const rows = [
      'at;request;input;output;model',
      '2026-03-01 10:00;r-1;1500;20,5;small',
      '2026-03-01 10:05;r-2;;7;large',
      '2026-03-01 10:05;r-3;12;0;large',
    ];
    await writeFile(join(folder, 'usage.txt'), `${rows.join('\n')}\n`);
    await writeFile(join(folder, 'points.txt'), `${rows.join('\n').replace('20,5', '20.5')}\n`);
    const options = [
      ...['--customer', 'imported', '--amount-column', 'input', '--amount-column', 'output'],
      ...['--scale', '0.001', '--negate', '--reason', 'tokens', '--metadata-column', 'model'],
      ...['--time-column', 'at', '--time-format', 'YYYY-MM-DD HH:mm', '--time-zone', 'Europe/Berlin'],
      ...['--reference-column', 'request', '--delimiter', ';', '--format', 'csv', '--encoding', 'utf-8'],
    ];
    const imported = await runCommand('import', 'points.txt', ...options);
    expect([imported.code, imported.stderr]).toEqual([0, '']);
    const same = await run('points.txt', ...options, '--json');
    expect([same.code, JSON.parse(same.stdout)]).toMatchObject([
      0,
      {
        yours: { count: 4, sumExact: '-1.5395' },
        theirs: { count: 4, sumExact: '-1.5395' },
        statement: { zeros: 2, reading: { scale: '0.001', negate: true, reason: 'tokens' } },
        classes: { matched: { findings: 4 } },
      },
    ]);
    // The mark that the import does not read is found out: it is the same statement.
    const commas = await run('usage.txt', ...options);
    expect(commas.code).toBe(0);
    const turned = await run('points.txt', ...options.filter((one) => one !== '--negate'));
    expect([turned.code, turned.stdout]).toEqual([1, expect.stringContaining('-3.079 = the discrepancy')]);
  });

  it('says what is wrong with the command line, the file, the server', async () => {
    await writeFile(
      join(folder, 'bad.csv'),
      'reference,amount,time,reason,region\na,many,2026-03-01T00:00:00Z,x,y\n',
    );
    const outcomes = [
      await run(),
      await run('bad.csv', '--customer', 'cli'),
      await run('none.csv', ...columns('cli', '2026-03')),
      await run('bad.csv', ...columns('cli', '2026-03')),
      await run('bad.csv', ...columns('nobody', '2026-03')),
      await run(
        'bad.csv',
        ...columns('cli', '2026-03'),
        '--key',
        'pk_test_x.y',
        '--url',
        gateway.app.baseUrl,
      ),
    ];
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2, 3, 3]);
    expect(outcomes.map(({ stderr }) => stderr)).toEqual([
      expect.stringContaining('which file?'),
      expect.stringContaining('--amount-column'),
      expect.stringContaining('there is no file'),
      expect.stringMatching(/cannot be read[^]*line 2: amount "many"/),
      expect.stringContaining('nothing is recorded'),
      expect.stringContaining('key'),
    ]);
  });
});
