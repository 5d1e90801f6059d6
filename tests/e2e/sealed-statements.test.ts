import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway } from '@pacspace/testing';
import { compareStatement, handIn } from '../support/statements.js';
import { Api } from '../system/api.js';

const CUSTOMER = 'sealed';

let gateway: TestGateway;
let others: SpawnedApp[];
let api: Api;

beforeAll(async () => {
  gateway = await spawnGateway();
  others = await Promise.all(
    ['projector', 'comparer', 'checkpointer'].map((name) =>
      spawnApp(name, { ...gateway.env, LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) }),
    ),
  );
  api = new Api(gateway.app.baseUrl, gateway.keys.test);
}, 120_000);

afterAll(async () => {
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

const firstOfThisMonth = Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth());
const thisMonth = new Date(firstOfThisMonth).toISOString().slice(0, 7);
/** So long before this month began. */
const before = (hours: number) => new Date(firstOfThisMonth - hours * 3_600_000).toISOString();
const lastMonth = before(1).slice(0, 7);

async function record(referenceId: string, delta: number, occurredAt: string): Promise<void> {
  const parts = { customerId: CUSTOMER, reason: 'usage', referenceId, delta, occurredAt };
  expect((await api.emit(parts)).status).toBe(201);
}

/** Records of the party, all of last month; the ledger hears of the last one too late. */
const theirs = [
  { ref: 'a', amount: 10, at: before(40) },
  { ref: 'b', amount: 20, at: before(30) },
  { ref: 'c', amount: 30, at: before(20) },
  { ref: 'late', amount: 5, at: before(10) },
];

describe('a statement of a sealed period', () => {
  it('is answered for what was sealed, for ever; what came late is in the next period, and seen from both', async () => {
    for (const { ref, amount, at } of theirs.slice(0, 3)) await record(ref, amount, at);
    const sealed = await api.post('/api/v1/balance/checkpoint', { customerId: CUSTOMER, period: lastMonth });
    expect([sealed.status, sealed.body.data.final]).toEqual([201, true]);
    const { checkpointId, proofRoot } = sealed.body.data;
    const { body } = await handIn(api, { customerId: CUSTOMER, period: lastMonth }, theirs);
    const first = await compareStatement(api, body.data.statementId);
    const ledger = { state: 'sealed', checkpointId, proofRoot };
    expect(first).toMatchObject({
      reportState: 'done',
      scope: { kind: 'period', period: lastMonth },
      ledger,
      position: { consistent: true, behindEnvelopes: 0 },
      yours: { count: 3, sumExact: '60' },
      theirs: { count: 4, sumExact: '65' },
      discrepancyExact: '-5',
      classes: {
        matched: { findings: 3 },
        onlyThere: { findings: 1, contributionExact: '-5' },
        timing: { findings: 0 },
      },
    });

    await record('late', 5, theirs[3]!.at);
    await record('new', 7, new Date(firstOfThisMonth).toISOString());
    const derived = await api.derive(CUSTOMER, `period=${thisMonth}`);
    expect(derived.body.data.computedBalanceExact).toBe('12');

    // The report is what it was; asked for anew, it is of the same seal, at a later position.
    const again = await api.get(`/api/v1/balance/compare/${first.reportId}`);
    expect(again.body.data).toEqual(first);
    const second = await compareStatement(api, body.data.statementId);
    expect(second).toMatchObject({
      ledger,
      yours: first.yours,
      theirs: first.theirs,
      discrepancyExact: '-5',
      classes: {
        matched: first.classes.matched,
        onlyThere: { findings: 0 },
        timing: { findings: 1, contributionExact: '-5' },
      },
      identity: { holds: true },
    });
    expect(second.position.lane).toBe(first.position.lane);
    expect(second.position.sequence).toBeGreaterThan(first.position.sequence);
    const found = await api.get(`/api/v1/balance/compare/${second.reportId}/findings?class=timing`);
    expect(found.body.data.findings).toMatchObject([
      {
        class: 'timing',
        contributionExact: '-5',
        yours: [{ referenceId: 'late', index: 3 }],
        theirs: [{ referenceId: 'late', row: 3 }],
      },
    ]);

    // From the other side: this month has it, and their records of this month do not.
    const next = await handIn(api, { customerId: CUSTOMER, period: thisMonth }, [
      ...theirs,
      { ref: 'new', amount: 7, at: new Date(firstOfThisMonth).toISOString() },
    ]);
    const other = await compareStatement(api, next.body.data.statementId);
    expect(other).toMatchObject({
      ledger: { state: 'open' },
      yours: { count: 2, sumExact: '12' },
      theirs: { count: 1, sumExact: '7' },
      discrepancyExact: '5',
      classes: {
        matched: { findings: 1 },
        onlyHere: { findings: 0 },
        timing: { findings: 1, contributionExact: '5' },
      },
    });
  });
});
