import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BatchServer } from '../import/batch-server.test-helper.js';
import { COLUMNS, ImportFixture, usage } from '../import/import-fixture.test-helper.js';

let t: ImportFixture;

beforeEach(async () => {
  t = await ImportFixture.open();
});

afterEach(async () => {
  await t.close();
});

describe('pacspace import, when it cannot', () => {
  it('shows the file and the command line probably meant, rather than guess', async () => {
    await t.file('my usage.csv', usage(3));
    const { code, stderr } = await t.run(['my usage.csv']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "npx pacspace import 'my usage.csv' --customer CUSTOMER --time-column At --amount-column In --amount-column Out",
    );
    expect(t.server.requests).toBe(0);
  });

  it.each([
    ['no file', [], /which file/],
    ['two files', ['a.csv', 'b.csv'], /one file at a time/],
    ['a missing file', ['gone.csv', ...COLUMNS], /there is no file/],
    ['an unknown option', ['usage.csv', '--colour'], /Unknown option/],
    ['an option twice', ['usage.csv', ...COLUMNS, '--customer', 'x'], /--customer is given twice/],
    [
      'a missing column',
      ['usage.csv', '--customer', 'x', '--amount-column', 'in'],
      /no column "in".*Is it "In"\?/,
    ],
    ['a bad factor', ['usage.csv', ...COLUMNS, '--scale', 'two'], /--scale/],
    ['an empty file', ['empty.csv', ...COLUMNS], /is empty/],
    ['a header only', ['header.csv', ...COLUMNS], /a header and no rows/],
    ['a compressed file', ['usage.gz', ...COLUMNS], /gunzip -c/],
    [
      'a rejects file that is something else',
      ['usage.csv', ...COLUMNS, '--rejects', 'header.csv'],
      /no list of rejects/,
    ],
  ])('leaves 2 for %s, and sends nothing', async (_name, args, message) => {
    await t.file('usage.csv', usage(3));
    await t.file('empty.csv', '');
    await t.file('header.csv', 'At,In,Out\n');
    await t.file('usage.gz', Buffer.from([0x1f, 0x8b, 8, 0, 0]));
    const { code, stderr } = await t.runHere(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(t.server.requests).toBe(0);
    expect(await t.text('header.csv')).toBe('At,In,Out\n');
  });

  it.each([
    [401, /does not know this API key.*PACSPACE_API_KEY/],
    [402, /plan is used up/],
    [403, /pk_live_ key needs the production URL/],
    [404, /Is the base URL right/],
    [413, /smaller --batch-size/],
  ])('leaves 3 and says what to do at HTTP %i', async (status, message) => {
    await t.file('usage.csv', usage(10));
    t.server.faults.push({ kind: 'status', status, code: 'TOLD_SO' });
    const { code, stdout } = await t.runHere(['usage.csv', ...COLUMNS]);
    expect(stdout).toMatch(message);
    expect(stdout).toContain('Run the same command again');
    expect(code).toBe(3);
    expect(t.server.requests).toBe(1);
  });

  it('leaves 3 when nobody answers for as long as it may wait', async () => {
    await t.file('usage.csv', usage(10));
    const { env } = t;
    await t.server.stop();
    const { code, stdout, stderr } = await t.runHere(['usage.csv', ...COLUMNS, '--retry-for', '1'], env);
    expect(code).toBe(3);
    expect(stderr).toMatch(/nothing listens there \(ECONNREFUSED\); next try in/);
    expect(stdout).toMatch(/cannot be reached/);
    t.server = await BatchServer.start();
  });

  it('does not take the answer of some other server for an acknowledgement', async () => {
    await t.file('usage.csv', usage(10));
    t.server.faults.push({ kind: 'text', text: '<html>Welcome</html>' });
    const { code, stdout } = await t.run(['usage.csv', ...COLUMNS]);
    expect(code).toBe(3);
    expect(stdout).toContain('accounts for 0 of 20 deltas');
  });

  it('finds a local server by .data/dev.json', async () => {
    await t.file('usage.csv', usage(10));
    await mkdir(join(t.folder, '.data'));
    await t.file(
      '.data/dev.json',
      JSON.stringify({ baseUrl: `${t.server.baseUrl}/`, apiKey: t.server.apiKey }),
    );
    expect(await t.run(['usage.csv', ...COLUMNS], { env: {} })).toMatchObject({ code: 0 });
    expect(t.server.recorded.size).toBe(20);
  });
});
