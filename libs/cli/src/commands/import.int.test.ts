import { createWriteStream } from 'node:fs';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BatchServer } from '../import/batch-server.test-helper.js';
import { type CliResult, type CliRun, TextSink, startCli } from '../import/run-cli.test-helper.js';
import { run as runCommandLine } from '../run.js';

jest.setTimeout(120_000);

const COLUMNS = [
  '--customer',
  'acme',
  '--amount-column',
  'In',
  '--amount-column',
  'Out',
  '--time-column',
  'At',
];

/** The shape of a published trace of language model requests: no zone, seven decimals, CRLF, no line end at the end. */
function usage(rows: number, from = 0): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const at = new Date(Date.UTC(2023, 10, 16, 18, 15) + (from + i) * 137).toISOString();
    return `${at.slice(0, 10)} ${at.slice(11, 23)}5900,${1 + ((from + i) % 4000)},${1 + ((from + i) % 500)}`;
  });
  return ['At,In,Out', ...lines].join('\r\n');
}

let folder: string;
let server: BatchServer;
let runs: CliRun[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-cli-'));
  server = await BatchServer.start();
  runs = [];
});

afterEach(async () => {
  for (const run of runs) run.process.kill('SIGKILL');
  await Promise.all(runs.map((run) => run.done));
  await server.stop();
  await rm(folder, { recursive: true });
});

const file = async (name: string, text: string | Buffer): Promise<void> =>
  writeFile(join(folder, name), text);
const exists = async (name: string): Promise<boolean> =>
  access(join(folder, name)).then(
    () => true,
    () => false,
  );

function begin(
  args: readonly string[],
  more: { readonly input?: string; readonly nodeFlags?: readonly string[] } = {},
): CliRun {
  const env = { PACSPACE_API_BASE_URL: server.baseUrl, PACSPACE_API_KEY: server.apiKey };
  const run = startCli(['import', ...args], { cwd: folder, env, ...more });
  runs.push(run);
  return run;
}

const run = async (args: readonly string[], more = {}): Promise<CliResult> => begin(args, more).done;

/** In this process: for what ends before it has begun, a process each is not worth its second. */
async function runHere(args: readonly string[], baseUrl = server.baseUrl): Promise<CliResult> {
  const [stdout, stderr] = [new TextSink(), new TextSink()];
  const env = { PACSPACE_API_BASE_URL: baseUrl, PACSPACE_API_KEY: server.apiKey };
  const { signal } = new AbortController();
  const code = await runCommandLine(['import', ...args], {
    env,
    cwd: folder,
    stdout,
    stderr,
    interrupted: signal,
  });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

async function report(args: readonly string[], more = {}): Promise<Record<string, unknown>> {
  const { stdout, stderr } = await run([...args, '--json'], more);
  if (stdout === '') throw new Error(`no report: ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('pacspace import', () => {
  it('records each row once: again, renamed, appended to, in another form', async () => {
    await file('usage.csv', usage(1_000));
    expect(await report(['usage.csv', ...COLUMNS, '--batch-size', '300'])).toMatchObject({
      outcome: 'complete',
      exitCode: 0,
      rows: 1_000,
      recorded: 2_000,
      alreadyRecorded: 0,
      timesWithoutZone: 1_000,
    });
    const sum = server.sum;
    expect(server.batches.toSorted((a, b) => a - b)).toEqual([200, 300, 300, 300, 300, 300, 300]);

    expect(await report(['usage.csv', ...COLUMNS])).toMatchObject({
      recorded: 0,
      alreadyRecorded: 2_000,
      exitCode: 0,
    });
    await file('renamed.tsv', usage(1_200).replaceAll(',', '\t').replaceAll('\r\n', '\n'));
    expect(await report(['renamed.tsv', ...COLUMNS])).toMatchObject({
      recorded: 400,
      alreadyRecorded: 2_000,
    });
    await file('utf16.csv', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(usage(1_000), 'utf16le')]));
    expect(await report(['utf16.csv', ...COLUMNS])).toMatchObject({ recorded: 0, alreadyRecorded: 2_000 });
    expect(await report(['-', ...COLUMNS], { input: usage(1_000) })).toMatchObject({
      recorded: 0,
      alreadyRecorded: 2_000,
    });

    const expected = usage(1_200)
      .split('\r\n')
      .slice(1)
      .reduce((total, line) => {
        const [, a = '0', b = '0'] = line.split(',');
        return total + BigInt(a) + BigInt(b);
      }, 0n);
    expect(server.sum).toBe(expected);
    expect(server.sum).toBeGreaterThan(sum);
  });

  it('takes identical rows for distinct usage', async () => {
    await file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-16,5,1\n2023-11-16,5,1\n');
    expect(await report(['usage.csv', ...COLUMNS])).toMatchObject({ recorded: 6 });
    expect(server.sum).toBe(18n);
    expect(await report(['usage.csv', ...COLUMNS])).toMatchObject({ recorded: 0, alreadyRecorded: 6 });
  });

  it('continues after kill -9 at any point, and ends where one run would have', async () => {
    await file('usage.csv', usage(20_000));
    const total = 40_000;
    for (const until of [2, 5, 9]) {
      server.delayMs = 40;
      const killed = begin(['usage.csv', ...COLUMNS, '--batch-size', '1000']);
      const goal = server.batches.length + until;
      while (server.batches.length < goal && killed.process.exitCode === null)
        await new Promise((r) => setTimeout(r, 5));
      killed.process.kill('SIGKILL');
      await killed.done;
    }
    server.delayMs = 0;
    const before = server.recorded.size;
    expect(before).toBeGreaterThan(1_000);
    expect(before).toBeLessThan(total);
    const last = await report(['usage.csv', ...COLUMNS]);
    expect(last).toMatchObject({ exitCode: 0, outcome: 'complete' });
    expect(Number(last['recorded']) + Number(last['alreadyRecorded'])).toBe(total);
    expect(server.recorded.size).toBe(total);
  });

  it('on SIGINT lets what is in flight be answered, says where things stand, and leaves 130', async () => {
    await file('usage.csv', usage(20_000));
    server.delayMs = 100;
    const going = begin(['usage.csv', ...COLUMNS, '--batch-size', '1000', '--concurrency', '2']);
    while (server.batches.length < 2) await new Promise((r) => setTimeout(r, 5));
    going.process.kill('SIGINT');
    const { code, stdout } = await going.done;
    expect(code).toBe(130);
    expect(stdout).toContain('Interrupted.\nWhat is counted above is recorded.');
    const counted = /→ ([\d,]+) deltas/.exec(stdout)?.[1]?.replaceAll(',', '');
    expect(Number(counted)).toBe(server.recorded.size);
    expect(server.recorded.size).toBeLessThan(40_000);
  });

  it('outlasts hang-ups, lost answers, busy servers and broken-off batches', async () => {
    await file('usage.csv', usage(1_000));
    server.faults.push(
      { kind: 'hang-up' },
      { kind: 'status', status: 503, code: 'UNAVAILABLE', retryAfter: '1' },
      { kind: 'lost-answer' },
      { kind: 'status', status: 429, code: 'RATE_LIMITED', retryAfter: '1' },
      { kind: 'broken-off', taken: 7 },
      { kind: 'half-busy' },
      { kind: 'status', status: 500 },
    );
    const begun = performance.now();
    const result = await report(['usage.csv', ...COLUMNS, '--batch-size', '500', '--concurrency', '3']);
    expect(result).toMatchObject({ exitCode: 0, rejectedDeltas: 0 });
    expect(Number(result['recorded']) + Number(result['alreadyRecorded'])).toBe(2_000);
    // Only the deltas whose answer was lost may be reported as there already.
    expect(Number(result['alreadyRecorded'])).toBeLessThanOrEqual(500);
    expect(server.recorded.size).toBe(2_000);
    expect(server.faults).toEqual([]);
    expect(performance.now() - begun).toBeGreaterThan(1_000);
  });

  it('keeps to the number of requests in flight', async () => {
    await file('usage.csv', usage(1_000));
    server.delayMs = 20;
    await report(['usage.csv', ...COLUMNS, '--batch-size', '100', '--concurrency', '3']);
    expect(server.mostInFlight).toBe(3);
    server.mostInFlight = 0;
    await report(['usage.csv', ...COLUMNS, '--batch-size', '100', '--concurrency', '1']);
    expect(server.mostInFlight).toBe(1);
  });

  it('lists rejects with line and reason in a file beside it, and removes the list when there are none', async () => {
    await file(
      'usage.csv',
      'At,In,Out\n2023-11-16,5,1\n"2023-11-31",6,1\n2023-11-16,"1,5",x\n2023-11-16,7\n\n2023-11-16,0,\n',
    );
    const first = await run(['usage.csv', ...COLUMNS]);
    expect(first.code).toBe(1);
    expect(await readFile(join(folder, 'usage.csv.rejects.csv'), 'utf8')).toBe(
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
    expect(server.sum).toBe(6n);

    await file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-30,6,1\n');
    expect((await run(['usage.csv', ...COLUMNS])).code).toBe(0);
    expect(await exists('usage.csv.rejects.csv')).toBe(false);
    expect(server.sum).toBe(13n);
  });

  it('lists what the server rejects, also the same rows with another meaning', async () => {
    await file('usage.csv', 'who,n\na,1\nrefused,2\nb,3\n');
    const columns = ['--customer-column', 'who', '--amount-column', 'n'];
    expect(await report(['usage.csv', ...columns])).toMatchObject({
      exitCode: 1,
      recorded: 2,
      rejectedDeltas: 1,
    });
    expect(await readFile(join(folder, 'usage.csv.rejects.csv'), 'utf8')).toContain(
      '3,n,2,FORBIDDEN: not this customer',
    );
    const scaled = await report(['usage.csv', ...columns, '--scale', '2']);
    expect(scaled).toMatchObject({ recorded: 0, rejectedDeltas: 3 });
    expect(server.sum).toBe(4n);
    expect(
      await report(['usage.csv', ...columns, '--scale', '2', '--key-namespace', 'doubled']),
    ).toMatchObject({ recorded: 2 });
    expect(server.sum).toBe(12n);
  });

  it('goes by --key-column where rows have an identity of their own', async () => {
    const columns = ['--customer', 'acme', '--amount-column', 'n', '--key-column', 'id'];
    await file('a.csv', 'id,n\nx,1\ny,2\nx,1\n');
    await file('b.csv', 'n,id,note\n1,x,new\n2,y,new\n4,z,new\n');
    expect(await report(['a.csv', ...columns])).toMatchObject({ recorded: 2, alreadyRecorded: 1 });
    expect(await report(['b.csv', ...columns])).toMatchObject({ recorded: 1, alreadyRecorded: 2 });
    expect(server.sum).toBe(7n);
  });

  it('imports NDJSON by path, with metadata and constants', async () => {
    await file(
      'calls.ndjson',
      '{"t":{"id":"acme"},"u":{"s":90},"model":"m1","at":1700000000}\n{"t":{"id":"acme"},"u":{}}\nnot json\n',
    );
    const result = await run([
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
    const text = [...server.recorded.values()][0]?.text ?? '';
    expect(JSON.parse(text)).toEqual({
      customerId: 'acme',
      delta: '-45',
      reason: 'seconds',
      occurredAt: '2023-11-14T22:13:20.000Z',
      metadata: { source: 'test', model: 'm1' },
      idempotencyKey: expect.stringMatching(/^i1\./),
    });
    expect(await readFile(join(folder, 'calls.ndjson.rejects.csv'), 'utf8')).toMatch(
      /2,at,,has no time\n3,,not json,is not a JSON object\n/,
    );
  });

  it('imports what stands before a place where the file is broken, and says so', async () => {
    await file('usage.csv', 'At,In,Out\n2023-11-16,5,1\n2023-11-16,"6,1\n2023-11-16,7,1\n');
    const { code, stdout } = await run(['usage.csv', ...COLUMNS]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'line 3: a quote that opens in this row is never closed; nothing from here on was read',
    );
    expect(server.sum).toBe(6n);
  });

  it('sends nothing in a dry run, and needs no server for it', async () => {
    await file('usage.csv', usage(100));
    const { code, stdout } = await run(['usage.csv', ...COLUMNS, '--dry-run', '--url', 'http://127.0.0.1:1']);
    expect(code).toBe(0);
    expect(server.requests).toBe(0);
    expect(stdout).toContain('100 rows → 200 deltas (dry run: nothing was sent)');
    expect(stdout).toMatch(/acme +In +100 +5,050\n/);
    expect(stdout).toContain(
      '{"customerId":"acme","occurredAt":"2023-11-16T18:15:00.000Z","delta":"1","reason":"In"',
    );
  });

  it('reads no more rows than --limit', async () => {
    await file('usage.csv', usage(100));
    expect(await report(['usage.csv', ...COLUMNS, '--limit', '7'])).toMatchObject({ rows: 7, recorded: 14 });
  });

  it('shows the file and the command line probably meant, rather than guess', async () => {
    await file('my usage.csv', usage(3));
    const { code, stderr } = await run(['my usage.csv']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      "npx pacspace import 'my usage.csv' --customer CUSTOMER --time-column At --amount-column In --amount-column Out",
    );
    expect(server.requests).toBe(0);
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
    await file('usage.csv', usage(3));
    await file('empty.csv', '');
    await file('header.csv', 'At,In,Out\n');
    await file('usage.gz', Buffer.from([0x1f, 0x8b, 8, 0, 0]));
    const { code, stderr } = await runHere(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
    expect(server.requests).toBe(0);
    expect(await readFile(join(folder, 'header.csv'), 'utf8')).toBe('At,In,Out\n');
  });

  it.each([
    [401, /does not know this API key.*PACSPACE_API_KEY/],
    [402, /plan is used up/],
    [403, /pk_live_ key needs the production URL/],
    [404, /Is the base URL right/],
    [413, /smaller --batch-size/],
  ])('leaves 3 and says what to do at HTTP %i', async (status, message) => {
    await file('usage.csv', usage(10));
    server.faults.push({ kind: 'status', status, code: 'TOLD_SO' });
    const { code, stdout } = await runHere(['usage.csv', ...COLUMNS]);
    expect(stdout).toMatch(message);
    expect(stdout).toContain('Run the same command again');
    expect(code).toBe(3);
    expect(server.requests).toBe(1);
  });

  it('leaves 3 when nobody answers for as long as it may wait', async () => {
    await file('usage.csv', usage(10));
    const { baseUrl } = server;
    await server.stop();
    const { code, stdout, stderr } = await runHere(['usage.csv', ...COLUMNS, '--retry-for', '1'], baseUrl);
    expect(code).toBe(3);
    expect(stderr).toMatch(/nothing listens there \(ECONNREFUSED\); next try in/);
    expect(stdout).toMatch(/cannot be reached/);
    server = await BatchServer.start();
  });

  it('does not take the answer of some other server for an acknowledgement', async () => {
    await file('usage.csv', usage(10));
    server.faults.push({ kind: 'text', text: '<html>Welcome</html>' });
    const { code, stdout } = await run(['usage.csv', ...COLUMNS]);
    expect(code).toBe(3);
    expect(stdout).toContain('accounts for 0 of 20 deltas');
  });

  it('finds a local server by .data/dev.json', async () => {
    await file('usage.csv', usage(10));
    await mkdir(join(folder, '.data'));
    await file('.data/dev.json', JSON.stringify({ baseUrl: `${server.baseUrl}/`, apiKey: server.apiKey }));
    const local = startCli(['import', 'usage.csv', ...COLUMNS], { cwd: folder });
    runs.push(local);
    expect(await local.done).toMatchObject({ code: 0 });
    expect(server.recorded.size).toBe(20);
  });

  it('streams 50 MB in less than 200 MB of memory', async () => {
    const rows = await writeLargeFile(join(folder, 'large.csv'), 50_000_000);
    const probe = join(folder, 'peak.mjs');
    await writeFile(
      probe,
      `import { writeFileSync } from 'node:fs';
      process.on('exit', () => writeFileSync(${JSON.stringify(join(folder, 'peak'))}, String(process.resourceUsage().maxRSS)));`,
    );
    const result = await report(
      ['large.csv', '--customer', 'acme', '--amount-column', 'In', '--time-column', 'At'],
      {
        nodeFlags: ['--import', probe],
      },
    );
    expect(result).toMatchObject({ exitCode: 0, rows, recorded: rows });
    const peakMb = Number(await readFile(join(folder, 'peak'), 'utf8')) / 1024;
    expect(peakMb).toBeLessThan(200);
    expect(peakMb).toBeGreaterThan(20);
  }, 300_000);
});

/** Rows padded by a note, so that the server of this test need not hold a million deltas. @returns their number */
async function writeLargeFile(path: string, bytes: number): Promise<number> {
  const stream = createWriteStream(path);
  const note = 'n'.repeat(200);
  let [rows, written] = [0, 0];
  stream.write('At,In,note\n');
  while (written < bytes) {
    let block = '';
    for (let i = 0; i < 5_000; i += 1) {
      rows += 1;
      block += `${new Date(Date.UTC(2023, 0, 1) + rows * 97).toISOString().slice(0, 23).replace('T', ' ')},${(rows % 999) + 1},${note}\n`;
    }
    written += block.length;
    if (!stream.write(block)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return rows;
}
