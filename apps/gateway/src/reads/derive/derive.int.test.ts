import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeriod } from '@pacspace/domain';
import { type DeltaParts, spawnGateway, type TestAnswer, type TestGateway } from '@pacspace/testing';

const DAY = 86_400_000;
const september = Date.parse('2026-09-01T00:00:00Z');

/** An answer's body or a part of it: its shape is what is checked. */
type Json = TestAnswer['body'];

let gateway: TestGateway;
/** Everything that was recorded for acme, as the gateway answers it, by index. */
let all: Json[];

const derive = async (query = '', customer = 'acme') =>
  gateway.get(`/api/v1/balance/derive/${customer}${query}`);
const data = async (query = ''): Promise<Json> => {
  const { status, body } = await derive(query);
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined });
  return body.data;
};

/** September and October, then both are closed, then what still comes for them, and November. */
beforeAll(async () => {
  gateway = await spawnGateway();
  const { filler } = gateway;
  const make = (from: number, count: number, at: number): DeltaParts[] =>
    Array.from({ length: count }, (_, i) => ({
      customerId: 'acme',
      key: `k${from + i}`,
      amount: ['0.1', '0.2', '-3.000000000001', '10'][i % 4] ?? '1',
      reason: ['input', 'output'][i % 2] ?? '',
      ...(i % 3 === 0 && { referenceId: `ref "${from + i}" ü` }),
      ...(i % 3 !== 1 && { occurredAtMs: at + ((i * 7_919_111) % (28 * DAY)) }),
      ...(i % 5 === 0 && { metadata: { model: `m${i % 2}`, n: i } }),
    }));
  await filler.write(make(0, 40, september), september + 20 * DAY);
  await filler.write(make(40, 300, september + 30 * DAY), september + 50 * DAY);
  filler.close(parsePeriod('2026-09')!);
  filler.close(parsePeriod('2026-10')!);
  await filler.write(make(340, 20, september), september + 65 * DAY);
  await filler.write(make(360, 50, september + 61 * DAY), september + 80 * DAY);
  await filler.write([{ customerId: 'acme', environmentId: 'env_live', key: 'x', amount: '999' }], september);
  await filler.write([{ customerId: `c${'x'.repeat(127)}`, key: 'x', amount: '0.000000000001' }], september);
  all = (await data('?limit=1000')).deltas;
}, 60_000);
afterAll(() => gateway.stop());

const units = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.');
  return BigInt(whole + fraction.padEnd(12, '0')) * (text.startsWith('-') ? -1n : 1n);
};
const sum = (list: Json[]): bigint =>
  list.reduce((total: bigint, delta) => total + units(delta.deltaExact), 0n);
const eventTime = (delta: Json): number => Date.parse(delta.occurredAt ?? delta.recordedAt);

/** RFC 6962 from its definition, on what was answered. */
const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const digest = createHash('sha256');
  for (const part of parts) digest.update(part);
  return digest.digest();
};
function rootOf(leaves: readonly string[]): Buffer {
  const [only] = leaves;
  if (leaves.length === 1 && only !== undefined) return sha256('\0', only);
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return sha256('\x01', rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
}
const entryOf = ({ balanceAfterExact, fingerprint, index, late, period, recordedAt }: Json): string =>
  `{"balance":"${balanceAfterExact}","fingerprint":"${fingerprint}","index":${index}` +
  `${late ? ',"late":true' : ''},"period":"${period}","recordedAt":"${recordedAt}","v":1}`;
const entriesRoot = (deltas: Json[]): string => rootOf(deltas.map(entryOf)).toString('hex');

describe('deriving without a scope', () => {
  it('sums everything that is recorded, exactly, and says as of where', async () => {
    const answer = await data('?limit=3');
    expect(all).toHaveLength(410);
    expect(units(answer.computedBalanceExact)).toBe(sum(all));
    expect(answer.computedBalance).toBe(Number(answer.computedBalanceExact));
    expect(answer).toMatchObject({
      customerId: 'acme',
      deltasCount: 410,
      deltaCount: 410,
      latestReceiptId: all[409].receiptId,
      scope: { kind: 'all' },
      position: { consistent: true, behindEnvelopes: 0 },
      pagination: { limit: 3, offset: 0, total: 410, nextCursor: '2' },
    });
    expect(Object.keys(answer.position)).toEqual(
      expect.arrayContaining(['lane', 'sequence', 'envelopes', 'behindEnvelopes', 'consistent']),
    );
  });

  it('answers each delta whole, with its number and its exact text', () => {
    expect(all[0]).toEqual({
      recordId: expect.stringMatching(/^rec_[0-9a-f]{32}$/),
      receiptId: all[0].recordId.replace('rec_', 'rcp_'),
      status: 'VERIFIED',
      customerId: 'acme',
      index: 0,
      delta: 0.1,
      deltaExact: '0.1',
      balanceAfter: 0.1,
      balanceAfterExact: '0.1',
      reason: 'input',
      referenceId: 'ref "0" ü',
      metadata: { model: 'm0', n: 0 },
      occurredAt: '2026-09-01T00:00:00.000Z',
      recordedAt: '2026-09-21T00:00:00.000Z',
      period: '2026-09',
      late: false,
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(all.map((delta) => delta.index)).toEqual(all.map((_, i) => i));
    all.forEach((delta, i) => expect(units(delta.balanceAfterExact)).toBe(sum(all.slice(0, i + 1))));
  });

  it('proves it by a tree over the periods’ trees', async () => {
    const { proofRoot, proofRootOf } = await data();
    const leaves = ['2026-09', '2026-10', '2026-11'].map((period) => {
      const counted = all.filter((delta) => delta.period === period);
      return `{"count":${counted.length},"period":"${period}","root":"${entriesRoot(counted)}"}`;
    });
    expect([proofRootOf, proofRoot]).toEqual(['periods', rootOf(leaves).toString('hex')]);
  });

  it('adds the starting balance first', async () => {
    const answer = await data('?startingBalance=-100.5&limit=1');
    expect(units(answer.computedBalanceExact)).toBe(sum(all) + units('-100.5'));
    expect([answer.startingBalance, answer.startingBalanceExact]).toEqual([-100.5, '-100.5']);
    expect(units(answer.netChangeExact)).toBe(sum(all));
  });

  it('answers totals alone when no more is asked for', async () => {
    const answer = await data('?view=totals&startingBalance=1');
    expect(answer).toMatchObject({ deltasCount: 410, deltas: [], latestReceiptId: all[409].receiptId });
    expect(units(answer.computedBalanceExact)).toBe(sum(all) + units('1'));
    expect(answer).not.toHaveProperty('proofRoot');
  });
});

describe('a scope', () => {
  const during = (from: string, to: string) =>
    all.filter((delta) => eventTime(delta) >= Date.parse(from) && eventTime(delta) < Date.parse(to));

  it.each([
    ['period=2026-09', () => all.filter((delta) => delta.period === '2026-09')],
    ['period=2026-11', () => all.filter((delta) => delta.period === '2026-11')],
    ['startDate=2026-09-01&endDate=2026-10-01', () => during('2026-09-01', '2026-10-01')],
    ['timePreset=custom&startDate=2026-09-10&endDate=2026-11-02', () => during('2026-09-10', '2026-11-02')],
    [
      'startDate=2026-09-10T02:00:00+02:00&endDate=2026-10-02T00:00:00Z',
      () => during('2026-09-10', '2026-10-02'),
    ],
    ['at=2026-10-05', () => all.filter((delta) => eventTime(delta) <= Date.parse('2026-10-05'))],
    [
      'asOf=2026-10-21T00:00:00Z',
      () => all.filter((delta) => Date.parse(delta.recordedAt) <= Date.parse('2026-10-21')),
    ],
    [
      'period=2026-10&asOf=2026-10-21T00:00:00Z',
      () =>
        all.filter(
          (delta) => delta.period === '2026-10' && Date.parse(delta.recordedAt) <= Date.parse('2026-10-21'),
        ),
    ],
    ['startingCheckpoint=CHECKPOINT', () => all.slice(101)],
    ['startingCheckpoint=CHECKPOINT&startingCheckpointType=recordId', () => all.slice(101)],
  ])('%s sums, pages and proves exactly its deltas', async (scope, select) => {
    const query = `?${scope.replace('CHECKPOINT', all[100].recordId)}`;
    const expected = select();
    const answer = await data(`${query}&limit=1000`);
    expect(expected.length).toBeGreaterThan(0);
    expect(answer.deltasCount).toBe(expected.length);
    expect(units(answer.computedBalanceExact)).toBe(sum(expected));
    expect(answer.deltas).toEqual(expected);
    expect(answer.latestReceiptId).toBe(expected.at(-1).receiptId);
    expect([answer.proofRootOf, answer.proofRoot]).toEqual(['entries', entriesRoot(expected)]);
    expect(answer.scope.kind).not.toBe(undefined);
  });

  it('counts late deltas in the period that was open, and finds them by their own time', async () => {
    expect(all.filter((delta) => delta.late)).toHaveLength(
      all.slice(340, 360).filter((delta) => delta.occurredAt !== undefined).length,
    );
    const byPeriod = await data('?period=2026-09');
    const byTime = await data('?startDate=2026-09-01&endDate=2026-10-01');
    expect(byTime.deltasCount).toBeGreaterThan(byPeriod.deltasCount);
  });

  it('is the current month by preset', async () => {
    const { scope } = await data('?timePreset=current_month');
    const period = new Date().toISOString().slice(0, 7);
    expect(scope).toEqual({ kind: 'period', period, timePreset: 'current_month' });
  });

  it('without deltas is zero, and proves nothing', async () => {
    const answer = await data('?period=2020-01');
    expect(answer).toMatchObject({
      computedBalance: 0,
      computedBalanceExact: '0',
      deltasCount: 0,
      deltas: [],
      latestReceiptId: null,
      proofRoot: null,
      proofRootNote: 'nothing was summed',
    });
  });
});

describe('paging', () => {
  it.each(['', 'period=2026-10&', 'startDate=2026-09-10&endDate=2026-10-20&'])(
    'by cursor and by offset comes to the same: %s',
    async (scope) => {
      const whole = (await data(`?${scope}limit=1000`)).deltas;
      const seen: Json[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = await data(`?${scope}limit=70&cursor=${cursor}`);
        expect(page.pagination.total).toBe(whole.length);
        seen.push(...page.deltas);
        cursor = page.pagination.nextCursor;
      }
      expect(seen).toEqual(whole);
      const page = await data(`?${scope}limit=70&offset=90`);
      expect(page.deltas).toEqual(whole.slice(90, 160));
      expect((await data(`?${scope}offset=5000`)).deltas).toEqual([]);
    },
  );
});

describe('a breakdown', () => {
  it('has parts that make up the sum, by time and group', async () => {
    const { breakdown, netChangeExact } = await data('?granularity=week&groupBy=reason&limit=1');
    expect(breakdown.reduce((total: bigint, row: Json) => total + units(row.netChangeExact), 0n)).toBe(
      units(netChangeExact),
    );
    expect(breakdown.length).toBeGreaterThan(10);
    for (const row of breakdown) {
      const weekMs = Date.parse(row.startDate);
      expect(new Date(weekMs).getUTCDay()).toBe(1);
      const inWeek = all.filter(
        (delta) =>
          eventTime(delta) >= weekMs && eventTime(delta) < weekMs + 7 * DAY && delta.reason === row.group,
      );
      expect([row.deltasCount, units(row.netChangeExact)]).toEqual([inWeek.length, sum(inWeek)]);
    }
  });

  it('groups by a member of the metadata, and names those without as null', async () => {
    const { breakdown } = await data('?groupBy=metadata.model');
    expect(breakdown.map((row: Json) => row.group)).toEqual(['m0', 'm1', null]);
    expect(breakdown.at(-1).deltasCount).toBe(all.filter((delta) => delta.metadata === undefined).length);
  });

  it('by month has a row for each month of event time, late ones in theirs', async () => {
    const { breakdown } = await data('?granularity=month&view=totals');
    for (const row of breakdown) {
      const inMonth = all.filter(
        (delta) => new Date(eventTime(delta)).toISOString().slice(0, 7) === row.startDate.slice(0, 7),
      );
      expect([row.deltasCount, units(row.netChangeExact)]).toEqual([inMonth.length, sum(inMonth)]);
    }
    expect(breakdown).toHaveLength(3);
  });
});

describe('what is not valid', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['offset=-1', 'offset'],
    ['period=2026-13', 'period'],
    ['period=November', 'period'],
    ['startDate=2026-02-30&endDate=2026-03-01', 'startDate'],
    ['startDate=2026-03-01', 'endDate'],
    ['endDate=2026-03-01', 'startDate'],
    ['timePreset=custom', 'startDate'],
    ['startDate=2026-03-01&endDate=2026-03-01', 'endDate'],
    ['timePreset=last_year', 'timePreset'],
    ['granularity=hour', 'granularity'],
    ['groupBy=customerId', 'groupBy'],
    ['groupBy=metadata.', 'groupBy'],
    ['groupBy=metadata.%00', 'groupBy'],
    ['startingBalance=abc', 'startingBalance'],
    ['startingBalance=1e999', 'startingBalance'],
    ['startingBalance=0.0000000000001', 'startingBalance'],
    ['startingCheckpoint=nonsense', 'startingCheckpoint'],
    ['startingCheckpointType=recordId', 'startingCheckpoint'],
    ['consistency=maybe', 'consistency'],
    ['at=yesterday', 'at'],
    ['asOf=2026-11-01T00:00:00', 'asOf'],
    ['cursor=x', 'cursor'],
    ['cursor=5&offset=5', 'cursor'],
  ])('%s is a 400 that names the field %s, without a code', async (query, path) => {
    const { status, body } = await derive(`?${query}`);
    expect([status, body.success, body.error.code]).toEqual([400, false, undefined]);
    expect(body.error.fields.map((field: Json) => field.path)).toContain(path);
  });

  it.each([
    'period=2026-09&startDate=2026-09-01&endDate=2026-10-01',
    'period=2026-09&timePreset=current_month',
    'timePreset=current_month&startDate=2026-09-01&endDate=2026-10-01',
    `startingCheckpoint=rec_${'0'.repeat(32)}&period=2026-09`,
    'at=2026-09-01&period=2026-09',
  ])('%s are scopes that exclude each other', async (query) => {
    const { status, body } = await derive(`?${query}`);
    expect([status, body.error.code]).toEqual([400, 'INVALID_SCOPE_COMBINATION']);
  });

  it('a window over the cap is too wide; the cap itself is not', async () => {
    const { status, body } = await derive('?startDate=2024-09-01&endDate=2026-09-01T00:00:00.001Z');
    expect([status, body.error.code]).toEqual([400, 'SCOPE_TOO_WIDE']);
    expect((await derive('?startDate=2024-09-01&endDate=2026-09-01')).status).toBe(200);
  });

  it.each([
    [`startingCheckpoint=rec_${'0'.repeat(32)}`],
    [`startingCheckpoint=${'a'.repeat(64)}`],
    [`startingCheckpoint=0x${'A'.repeat(64)}&startingCheckpointType=proofRoot`],
  ])('%s names a checkpoint that is not there', async (query) => {
    const { status, body } = await derive(`?${query}`);
    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('does not take another customer’s record for a checkpoint', async () => {
    const other = await derive(`?limit=1`, `c${'x'.repeat(127)}`);
    const { status } = await derive(`?startingCheckpoint=${other.body.data.deltas[0].recordId}`);
    expect(status).toBe(404);
  });

  it('ignores parameters that it does not know, and empty ones', async () => {
    expect((await derive('?_=1&foo=bar&period=&limit=')).status).toBe(200);
  });
});

describe('whose customer it is', () => {
  it('does not mix environments', async () => {
    const live = await gateway.get('/api/v1/balance/derive/acme', gateway.keys.live);
    expect(live.body.data).toMatchObject({ computedBalance: 999, deltasCount: 1 });
  });

  it.each(['nobody', 'ACME', 'env_test'])('%s was never seen: 404', async (name) => {
    const { status, body } = await derive('', name);
    expect([status, body.error.code]).toEqual([404, 'CUSTOMER_NOT_FOUND']);
  });

  it.each([
    ['%61cme', 200],
    [`c${'x'.repeat(127)}`, 200],
    [`c${'x'.repeat(128)}`, 400],
    ['a%00b', 400],
    ['a%0Ab', 400],
    ['100%25', 400],
    ['%F0%9F%98%80', 400],
    ['%ZZ', 400],
    ['%', 400],
    ['%C3%28', 400],
    ['a%2Fb', 400],
  ])('%s in the path is answered by %d', async (name, expected) => {
    const { status, body } = await derive('', name);
    expect([status, body.success]).toEqual([expected, expected === 200]);
  });
});
