import { describe, expect, it } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import { type Fault } from '@pacspace/testing';
import { allFindings, BASE, compare, dispute, gateway, handIn, untilRead } from './comparing.js';

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
