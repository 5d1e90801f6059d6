import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import {
  checkAnswer,
  disputeToCsv,
  type Dispute,
  type Fault,
  makeDispute,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  type TestAnswer,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';

jest.setTimeout(120_000);

const BASE = '/api/v1/balance/compare';

let gateway: TestGateway;
let others: SpawnedApp[];

beforeAll(async () => {
  gateway = await spawnGateway();
  others = await Promise.all(['projector', 'comparer'].map((name) => spawnApp(name, gateway.env)));
}, 120_000);

afterAll(async () => {
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

/** A dispute is about November 2026; usage does not come from the future. Two months before is as long a month. */
const EARLIER_MS = 61 * 86_400_000;

function inThePast(dispute: Dispute): Dispute {
  const move = (side: Dispute['here']) =>
    side.map((one) => ({ ...one, timeMs: one.timeMs === undefined ? undefined : one.timeMs - EARLIER_MS }));
  const { here, there, scope } = dispute;
  return {
    ...dispute,
    ...{ here: move(here), there: move(there) },
    scope: { startMs: scope.startMs - EARLIER_MS, endMs: scope.endMs - EARLIER_MS },
  };
}

/** Records the ledger's side of a dispute, in its order. */
async function record(customerId: string, { here }: Dispute): Promise<void> {
  const deltas = here.map(({ amount, dimensions, position, reason, reference, timeMs }) => ({
    customerId,
    delta: formatAmount(amount),
    reason,
    idempotencyKey: `${customerId}-${position}`,
    ...(reference !== undefined && { referenceId: reference }),
    occurredAt: new Date(timeMs ?? 0).toISOString(),
    metadata: { region: dimensions[0] },
  }));
  for (let at = 0; at < deltas.length; at += 5_000) {
    const { status, body } = await gateway.post('/api/v1/balance/delta/batch', {
      deltas: deltas.slice(at, at + 5_000),
    });
    expect([status, body.data.totalFailed]).toEqual([201, 0]);
  }
}

const COLUMNS = {
  amountColumn: 'amount',
  referenceColumn: 'reference',
  timeColumn: 'time',
  reasonColumn: 'reason',
  dimensionColumns: 'region',
};

async function handIn(
  customerId: string,
  content: string | Uint8Array,
  options: { readonly query?: Record<string, string>; readonly headers?: Record<string, string> } = {},
): Promise<TestAnswer> {
  const query = new URLSearchParams({ customerId, ...(options.query ?? COLUMNS) }).toString();
  const url = `${BASE}/statements?${query}`;
  const answer = await fetch(`${gateway.app.baseUrl}${url}`, {
    method: 'POST',
    headers: { 'x-api-key': gateway.keys.test, 'content-type': 'text/csv', ...options.headers },
    body: content as string,
  });
  const body: unknown = await answer.json();
  checkAnswer({ method: 'POST', url, answer, body });
  return { status: answer.status, headers: answer.headers, body };
}

/** The statement, when it is read or refused. */
async function untilRead(statementId: string) {
  return await waitFor(async () => {
    const { body } = await gateway.get(`${BASE}/statements/${statementId}`);
    return ['ready', 'refused'].includes(body.data.statementState) && body.data;
  });
}

async function untilMade(reportId: string, timeoutMs = 30_000) {
  return await waitFor(
    async () => {
      const { body } = await gateway.get(`${BASE}/${reportId}`);
      return ['done', 'failed'].includes(body.data.reportState) && body.data;
    },
    { timeoutMs },
  );
}

async function compare(statementId: string, rules?: object) {
  const { status, body } = await gateway.post(BASE, { statementId, ...(rules !== undefined && { rules }) });
  expect([status, body.data.statementId]).toEqual([202, statementId]);
  return await untilMade(body.data.reportId);
}

/** All findings of a report, page by page. */
async function allFindings(reportId: string, query: Record<string, string> = {}) {
  const found = [];
  for (let cursor = ''; ;) {
    const params = new URLSearchParams({ class: 'any', limit: '400', cursor, ...query });
    const { body } = await gateway.get(`${BASE}/${reportId}/findings?${params.toString()}`);
    found.push(...body.data.findings);
    if (body.data.pagination.nextCursor === undefined) return found;
    cursor = body.data.pagination.nextCursor;
  }
}

/** A dispute of known truth, recorded and handed in. */
async function dispute(name: string, faults: readonly Fault[], seed: number, records = 400) {
  const made = inThePast(makeDispute({ seed, records, faults }));
  await record(name, made);
  const month = new Date(made.scope.startMs).toISOString().slice(0, 7);
  const { status, body } = await handIn(name, disputeToCsv(made.there), {
    query: { ...COLUMNS, period: month },
  });
  expect(status).toBe(201);
  return { made, month, statementId: body.data.statementId as string };
}

const EVERYTHING: readonly Fault[] = ['drop', 'duplicate', 'mistype', 'merge', 'split', 'late', 'invent'];

describe('a statement against the ledger', () => {
  it.each<[string, readonly Fault[], number]>([
    ['agrees', [], 1],
    ['all-at-once', EVERYTHING, 2],
    ['day', ['dropDay'], 3],
    ['unit', ['scale'], 4],
    ['sign', ['flip'], 5],
    ['clock', ['shift'], 6],
    ['twice', ['batchTwice'], 7],
    ['reason', ['dropReason'], 8],
  ])('finds exactly what was done: %s', async (name, faults, seed) => {
    const { made, month, statementId } = await dispute(name, faults, seed);
    const statement = await untilRead(statementId);
    expect(statement).toMatchObject({ statementState: 'ready', records: made.there.length });
    const report = await compare(statementId);
    expect(report).toMatchObject({
      reportState: 'done',
      statementId,
      customerId: name,
      scope: { kind: 'period', period: month },
      ledger: { state: 'open' },
      position: { consistent: true },
      matches: faults.length === 0,
      identity: { holds: true },
      statement: { sha256: statement.sha256 },
    });

    // Each record of both sides is where the truth has it.
    const found = await allFindings(report.reportId);
    const shown = found.map((one) => [
      one.class,
      one.yours.map((entry: { index: number }) => entry.index).toSorted(),
      one.theirs.map(({ row }: { row: number }) => row).toSorted(),
    ]);
    const truth = made.truth.findings.map((one) => [one.class, one.here.toSorted(), one.there.toSorted()]);
    expect(shown.map((one) => JSON.stringify(one)).toSorted()).toEqual(
      truth.map((one) => JSON.stringify(one)).toSorted(),
    );
    expect(report.causes.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual(
      made.truth.causes.toSorted(),
    );

    // To the last digit, whichever way it is added.
    const ours = made.here.filter((one) => !one.isOutside).reduce((sum, { amount }) => sum + amount, 0n);
    const theirs = made.there.filter((one) => !one.isOutside).reduce((sum, { amount }) => sum + amount, 0n);
    expect(report).toMatchObject({
      yours: { sumExact: formatAmount(ours) },
      theirs: { sumExact: formatAmount(theirs) },
      discrepancyExact: formatAmount(ours - theirs),
      identity: { contributionsExact: formatAmount(ours - theirs) },
    });
    const units = (text: string): bigint => {
      const [whole = '0', fraction = ''] = text.replace('-', '').split('.');
      const value = BigInt(whole + fraction.padEnd(12, '0'));
      return text.startsWith('-') ? -value : value;
    };
    const sum = (list: readonly { contributionExact: string }[]): bigint =>
      list.reduce((total, one) => total + units(one.contributionExact), 0n);
    expect(sum(found)).toBe(ours - theirs);
    for (const level of ['total', 'month', 'day', 'hour']) {
      for (const by of ['', 'reason', 'metadata.region']) {
        const query = new URLSearchParams({ level, ...(by !== '' && { by }), limit: '5000' });
        const { body } = await gateway.get(`${BASE}/${report.reportId}/summary?${query.toString()}`);
        expect({ level, by, sum: sum(body.data.cells) }).toEqual({ level, by, sum: ours - theirs });
      }
    }

    // Each of our records with its receipt, which can be fetched; the first that differs is named.
    const differing = found.filter((one) => one.class !== 'matched' && one.yours.length > 0);
    const first = Math.min(
      ...differing.flatMap((one) => one.yours.map((entry: { index: number }) => entry.index)),
    );
    if (differing.length > 0) {
      const { yours } = report.firstDivergence;
      expect(yours.index).toBe(first);
      const delta = await gateway.get(`/api/v1/balance/delta/${yours.recordId}`);
      expect(delta.body.data).toMatchObject({ index: first, receiptId: yours.receiptId });
    }
  });

  it('goes down from a level to its records', async () => {
    const { statementId } = await dispute('levels', ['drop', 'mistype'], 11);
    const { reportId } = await compare(statementId);
    const days = await gateway.get(`${BASE}/${reportId}/summary?level=day&by=reason`);
    const cell = days.body.data.cells.find((one: { classes: object }) => 'onlyHere' in one.classes);
    const to = new Date(Date.parse(cell.start) + 86_400_000).toISOString();
    const found = await allFindings(reportId, {
      class: 'onlyHere',
      from: cell.start,
      to,
      reason: cell.value,
    });
    expect(found.length).toBe(cell.classes.onlyHere.findings);
    expect(found.every((one) => one.class === 'onlyHere' && one.reason === cell.value)).toBe(true);
    const [{ yours }] = found as [{ yours: [{ receiptId: string }] }];
    const inRegion = await allFindings(reportId, { dimension: 'metadata.region', value: 'nowhere' });
    expect([yours[0].receiptId, inRegion]).toEqual([expect.stringMatching(/^rcp_/), []]);
    const unknown = await gateway.get(`${BASE}/${reportId}/summary?by=metadata.model`);
    expect(unknown.status).toBe(400);
  });

  it('is compared again under other rules', async () => {
    await gateway.post('/api/v1/balance/delta/batch', {
      deltas: [
        { customerId: 'rules', delta: 100, reason: 'input', occurredAt: '2026-03-01T00:00:00Z' },
        { customerId: 'rules', delta: 50, reason: 'output', occurredAt: '2026-03-02T00:00:00Z' },
      ],
    });
    const csv =
      'when,what,much\n2026-03-01T00:00:03Z,Input tokens,-100.004\n2026-03-02T00:00:00Z,Output tokens,-50\n';
    const { body } = await handIn('rules', csv, {
      query: {
        ...{ amountColumn: 'much', timeColumn: 'when', reasonColumn: 'what', period: '2026-03' },
        // 100.004 may be a hundred thousand and four.
        decimalMark: '.',
      },
    });
    const { statementId } = body.data;
    const strict = await compare(statementId);
    expect(strict).toMatchObject({
      matches: false,
      discrepancyExact: '300.004',
      theirs: { sumExact: '-150.004' },
    });
    const rules = {
      sign: 'opposite',
      tolerance: { absolute: '0.01' },
      timeWindowSeconds: 5,
      reasonMap: { 'Input tokens': 'input', 'Output tokens': 'output' },
    };
    const loose = await compare(statementId, rules);
    expect(loose).toMatchObject({
      rules,
      discrepancyExact: '-0.004',
      classes: { matched: { findings: 2, contributionExact: '-0.004' }, onlyHere: { findings: 0 } },
    });
    expect(loose.reportId).not.toBe(strict.reportId);
    const again = await gateway.get(`${BASE}/${strict.reportId}`);
    expect(again.body.data).toEqual(strict);
    const list = await gateway.get('/api/v1/balance/comparisons?customerId=rules&kind=statement');
    expect(list.body.data.comparisons.map((one: { reportId: string }) => one.reportId)).toEqual([
      loose.reportId,
      strict.reportId,
    ]);
  });

  it('may have several columns of amounts, as an import may', async () => {
    const at = '2026-03-01T00:00:00Z';
    await gateway.post('/api/v1/balance/delta/batch', {
      deltas: [
        { customerId: 'columns', delta: 10, reason: 'input', occurredAt: at },
        { customerId: 'columns', delta: 20, reason: 'output', occurredAt: at },
      ],
    });
    const rows = JSON.stringify([
      { at, input: 10, output: 25 },
      { at, input: 0, output: 0 },
    ]);
    const query = new URLSearchParams({ customerId: 'columns', timeColumn: 'at' });
    for (const column of ['input', 'output']) query.append('amountColumn', column);
    const { body } = await gateway.post(`${BASE}/statements?${query.toString()}`, rows);
    expect(await untilRead(body.data.statementId)).toMatchObject({ records: 2, zeros: 2, totalExact: '35' });
    const report = await compare(body.data.statementId);
    expect(report).toMatchObject({ discrepancyExact: '-5', classes: { matched: { findings: 1 } } });
  });

  it('makes one report for one idempotency key', async () => {
    const { statementId } = await dispute('keyed', [], 12, 50);
    const key = { 'idempotency-key': 'once' };
    const ask = (rules: object) => gateway.post(BASE, { statementId, rules }, key);
    const [first, second] = await Promise.all([ask({ groups: true }), ask({ groups: true })]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body.data.reportId).toBe(first.body.data.reportId);
    const other = await ask({ groups: false });
    expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });
});

describe('the export', () => {
  it('has every finding, adds up, and no formula in it is live', async () => {
    const evil = ['=cmd|calc', '+1+1', '-2', '@SUM(A1)', '\tx', 'plain, "quoted"'];
    await gateway.post('/api/v1/balance/delta/batch', {
      deltas: evil.map((referenceId, i) => ({
        ...{ customerId: 'export', delta: -(i + 1), reason: '=1+1', referenceId },
      })),
    });
    const { body } = await handIn('export', 'ref,amount\nnot-ours,5\n', {
      query: { amountColumn: 'amount', referenceColumn: 'ref' },
    });
    const { reportId, discrepancyExact } = await compare(body.data.statementId);
    const fetchFile = async (format: string) => {
      const url = `${gateway.app.baseUrl}${BASE}/${reportId}/findings?class=any&format=${format}`;
      const answer = await fetch(url, { headers: { 'x-api-key': gateway.keys.test } });
      return { type: answer.headers.get('content-type'), text: await answer.text() };
    };
    const csv = await fetchFile('csv');
    expect(csv.type).toBe('text/csv; charset=utf-8');
    const lines = csv.text.trimEnd().split('\r\n');
    expect(lines.length).toBe(1 + evil.length + 1);
    for (const cell of lines.slice(1).flatMap((line) => line.split(','))) {
      expect(cell).not.toMatch(/^"?[=+@\t]/);
      if (cell.startsWith('-')) expect(cell).toMatch(/^-\d+(\.\d+)?$/);
    }
    expect(csv.text).toContain(`'=cmd|calc`);
    const at = lines[0]!.split(',').indexOf('contribution');
    const sum = lines.slice(1).reduce((total, line) => total + Number(line.split(',')[at]), 0);
    expect(String(sum)).toBe(discrepancyExact);
    const ndjson = await fetchFile('ndjson');
    expect(ndjson.type).toBe('application/x-ndjson');
    const found = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { yours: { referenceId: string }[] });
    expect(found.flatMap(({ yours }) => yours.map((one) => one.referenceId)).toSorted()).toEqual(
      evil.toSorted(),
    );
  });
});

describe('a statement is kept', () => {
  it('as it was handed in, to the byte, also when it was sent compressed', async () => {
    await record('bytes', inThePast(makeDispute({ seed: 21, records: 20, faults: [] })));
    const content = `\ufeffreference;amount\r\nä-1;"1"\r\nb;2`;
    const { body } = await handIn('bytes', gzipSync(content), {
      query: { amountColumn: 'amount', referenceColumn: 'reference', delimiter: ';', name: 'märz.csv' },
      headers: { 'content-encoding': 'gzip' },
    });
    expect(body.data).toMatchObject({
      name: 'märz.csv',
      bytes: Buffer.byteLength(content),
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    const { statementId } = body.data;
    expect(await untilRead(statementId)).toMatchObject({ records: 2, totalExact: '3' });
    const url = `${gateway.app.baseUrl}${BASE}/statements/${statementId}/content`;
    const answer = await fetch(url, { headers: { 'x-api-key': gateway.keys.test } });
    expect(await answer.text()).toBe(content.slice(1));
    checkAnswer({ method: 'GET', url, answer, body: undefined });
    const list = await gateway.get(`${BASE}/statements?customerId=bytes`);
    expect(list.body.data.statements.map((one: { statementId: string }) => one.statementId)).toEqual([
      statementId,
    ]);
  });

  it('and seen by nobody else: statement, report and findings of another tenant are not there', async () => {
    const { statementId } = await dispute('mine', [], 22, 30);
    const { reportId } = await compare(statementId);
    for (const path of [
      `${BASE}/statements/${statementId}`,
      `${BASE}/statements/${statementId}/content`,
      `${BASE}/${reportId}`,
      `${BASE}/${reportId}/findings`,
      `${BASE}/${reportId}/summary`,
    ]) {
      const { status, body } = await gateway.get(path, gateway.keys.live);
      expect([path, status, body.error.code]).toEqual([path, 404, 'NOT_FOUND']);
    }
    const asked = await gateway.post(BASE, { statementId }, { 'x-api-key': gateway.keys.live });
    expect(asked.status).toBe(404);
    const list = await gateway.get(`${BASE}/statements`, gateway.keys.live);
    expect(list.body.data.statements).toEqual([]);
  });
});

describe('npx pacspace compare', () => {
  const BIN = fileURLToPath(new URL('../../libs/cli/bin/pacspace.mjs', import.meta.url));
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pacspace-compare-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  const run = (...args: string[]) => runCommand('compare', ...args);

  async function runCommand(...args: string[]) {
    const child = spawn(process.execPath, [BIN, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        PACSPACE_API_BASE_URL: gateway.app.baseUrl,
        PACSPACE_API_KEY: gateway.keys.test,
      },
    });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].on('data', (chunk: Buffer) => (output[name] += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, ...output };
  }

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
    expect(quiet).toEqual({ code: 0, stdout: '', stderr: '' });
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

describe('bad input is refused, with what to do', () => {
  beforeAll(() => record('bad', inThePast(makeDispute({ seed: 31, records: 20, faults: [] }))));

  it.each<[string, string, RegExp | string[]]>([
    ['a customer never seen', 'customerId=nobody&amountColumn=a', ['CUSTOMER_NOT_FOUND']],
    ['no customer', 'amountColumn=a', /customerId must be given/],
    ['no amount column', 'customerId=bad', /amountColumn/],
    [
      'two scopes',
      'customerId=bad&amountColumn=a&period=2026-03&at=2026-03-01',
      ['INVALID_SCOPE_COMBINATION'],
    ],
  ])('at once: %s', async (_, query, expected) => {
    const { status, body } = await gateway.post(`${BASE}/statements?${query}`, 'a\n1\n', {
      'content-type': 'text/csv',
    });
    expect(status).toBeGreaterThanOrEqual(400);
    if (Array.isArray(expected)) expect(body.error.code).toBe(expected[0]);
    else expect(body.error.message).toMatch(expected);
  });

  it('at once: nothing at all, another type, another coding', async () => {
    const answers = [
      await handIn('bad', ''),
      await handIn('bad', 'x', { headers: { 'content-type': 'application/pdf' } }),
      await handIn('bad', 'x', { headers: { 'content-encoding': 'br' } }),
      await handIn('bad', 'no gzip', { headers: { 'content-encoding': 'gzip' } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 415, 415, 400]);
    const { body } = await gateway.get(`${BASE}/statements?customerId=bad`);
    expect(body.data.statements).toEqual([]);
  });

  it.each<[string, string | Buffer, Record<string, string>, RegExp]>([
    ['a header only', 'amount\n', {}, /no rows/],
    ['a missing column', 'amount\n1\n', { referenceColumn: 'ref' }, /ref/],
    ['a quote unclosed at the end', 'amount\n1\n"2', {}, /quote/i],
    ['a field of 10 MB', `amount\n"${'x'.repeat(10_000_000)}"\n`, {}, /./],
    [
      'bytes that are no UTF-8',
      Buffer.from('amount,reason\n1,M\xfcnchen\n', 'latin1'),
      { reasonColumn: 'reason' },
      /encoding|UTF-8/i,
    ],
    ['an amount that reads two ways', 'amount\n"1,234"\n"5,678"\n', {}, /decimal/i],
    [
      'days that read two ways',
      'amount,at\n1,03/04/2026\n2,05/06/2026\n',
      { timeColumn: 'at', timeZone: 'utc' },
      /format/i,
    ],
    ['no amount', 'amount\n1\nmany\n', {}, /./],
    ['JSON', '[{"amount": 1}]', { format: 'ndjson' }, /./],
  ])('once it is read: %s', async (_, content, query, message) => {
    const { status, body } = await handIn('bad', content, { query: { amountColumn: 'amount', ...query } });
    expect(status).toBe(201);
    const statement = await untilRead(body.data.statementId);
    expect(statement.statementState).toBe('refused');
    expect(JSON.stringify(statement.problems)).toMatch(message);
    const asked = await gateway.post(BASE, { statementId: body.data.statementId });
    expect([asked.status, asked.body.error.code]).toEqual([422, 'STATEMENT_REFUSED']);
  });

  it('of a comparison: unknown ids, totals with a statement, rules that are none', async () => {
    const { statementId } = await dispute('refusals', [], 32, 20);
    const ask = async (body: object) => {
      const { status, body: answer } = await gateway.post(BASE, body);
      return [status, answer.error.fields?.map(({ path }: { path: string }) => path)];
    };
    expect(await ask({ statementId: `stm_${'0'.repeat(32)}` })).toEqual([404, undefined]);
    expect(await ask({ statementId: 'stm_1' })).toEqual([400, ['statementId']]);
    expect(await ask({ statementId, yourBalance: 1, period: '2026-03' })).toEqual([
      400,
      ['yourBalance', 'period'],
    ]);
    expect(await ask({ statementId, rules: { sign: 'none', fuzzy: true } })).toEqual([
      400,
      expect.arrayContaining(['rules.sign', 'rules.fuzzy']),
    ]);
  });
});
