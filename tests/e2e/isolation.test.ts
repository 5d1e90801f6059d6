import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { compareStatement, handIn } from '../support/statements.js';
import { makeTenant, type TenantKey } from '../support/tenants.js';

const API = '/api/v1/balance';

let gateway: TestGateway;
let others: SpawnedApp[];
let owner: TenantKey;
/** Another key of the owner's, which may only read. */
let reader: TenantKey;
/** Of another tenant; of the owner's other environment. */
let strangers: readonly TenantKey[];
/** What the owner has, by what it is. */
let owned: {
  readonly recordId: string;
  readonly receiptId: string;
  readonly checkpointId: string;
  readonly proofRoot: string;
  readonly reportId: string;
  readonly statementId: string;
  readonly statementReportId: string;
};
const CUSTOMER = 'customer_of_the_owner';

beforeAll(async () => {
  gateway = await spawnGateway({ env: { LOG_SIGNING_KEY: '5a'.repeat(32) } });
  others = await Promise.all(
    ['projector', 'comparer', 'checkpointer'].map((name) => spawnApp(name, { ...gateway.env })),
  );
  const pepper = gateway.env['KEY_PEPPER'] ?? '';
  owner = await makeTenant(gateway.pool, pepper, { plan: 'unlimited' });
  reader = await makeTenant(gateway.pool, pepper, { plan: 'unlimited', scopes: ['read'], of: owner });
  strangers = [
    await makeTenant(gateway.pool, pepper, { plan: 'unlimited', scopes: ['ingest', 'read', 'admin'] }),
    await makeTenant(gateway.pool, pepper, { plan: 'unlimited', kind: 'live' }),
  ];
  const api = owner.at(gateway.app);
  const emitted = await api.emit(
    { customerId: CUSTOMER, delta: 42, reason: 'usage', referenceId: 'invoice-1', metadata: { secret: 1 } },
    'the-key',
  );
  const sealed = await api.post(`${API}/checkpoint`, { customerId: CUSTOMER });
  const compared = await api.post(`${API}/compare`, {
    customerId: CUSTOMER,
    yourBalance: 42,
    theirBalance: 41,
  });
  const handedIn = await handInFor(owner);
  expect([emitted.status, sealed.status, compared.status, handedIn.status]).toEqual([201, 201, 201, 201]);
  const { recordId, receiptId } = emitted.body.data;
  const { checkpointId, proofRoot } = sealed.body.data;
  const { reportId } = compared.body.data;
  const { statementId } = handedIn.body.data;
  const { reportId: statementReportId } = await compareStatement(api, statementId);
  owned = { recordId, receiptId, checkpointId, proofRoot, reportId, statementId, statementReportId };
}, 120_000);

afterAll(async () => {
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

/** A statement of the owner's customer that differs from what is recorded. */
const handInFor = (key: TenantKey) =>
  handIn(key.at(gateway.app), { customerId: CUSTOMER }, [{ ref: 'invoice-1', amount: 41 }]);

/** An answer whose body may be a file. */
async function fetchText(key: TenantKey, path: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(gateway.app.baseUrl + API + path, { headers: { 'x-api-key': key.text } });
  return { status: answer.status, text: await answer.text() };
}

const pathsOfOwned = (): readonly string[] => [
  `/derive/${CUSTOMER}`,
  `/derive/${CUSTOMER}?startingCheckpoint=${owned.proofRoot}`,
  `/derive/${CUSTOMER}?startingCheckpoint=${owned.recordId}&startingCheckpointType=recordId`,
  `/gaps/${CUSTOMER}`,
  `/customers/${CUSTOMER}`,
  `/customers/${CUSTOMER}/receipts`,
  `/receipt/${CUSTOMER}`,
  `/invoice-proof/${CUSTOMER}`,
  `/delta/${owned.recordId}`,
  `/receipts/${owned.receiptId}`,
  `/compare/${owned.reportId}`,
  `/compare/${owned.reportId}/findings`,
  `/compare/statements/${owned.statementId}`,
  `/compare/statements/${owned.statementId}/content`,
  `/compare/${owned.statementReportId}`,
  `/compare/${owned.statementReportId}/summary?level=day`,
  `/compare/${owned.statementReportId}/findings`,
  `/compare/${owned.statementReportId}/findings?format=csv`,
  `/compare/${owned.statementReportId}/findings?format=ndjson`,
];

describe('what a tenant has', () => {
  it('it can read itself', async () => {
    for (const path of pathsOfOwned().filter((one) => !one.includes('startingCheckpoint'))) {
      await waitFor(async () => (await fetchText(owner, path)).status === 200);
    }
  });

  it('does not exist for anybody else: 404, in the same words as for what nobody has', async () => {
    const nobodys = (path: string): string =>
      path
        .replace(CUSTOMER, 'customer_of_nobody_at_all')
        .replaceAll(/(rec_|rcp_|cmp_|stm_)[0-9a-f]{32}/g, (id) => id.slice(0, 4) + '0'.repeat(32))
        .replaceAll(/[0-9a-f]{64}/g, '0'.repeat(64));
    for (const stranger of strangers) {
      const api = stranger.at(gateway.app);
      for (const path of pathsOfOwned()) {
        const [found, none] = [await api.get(API + path), await api.get(API + nobodys(path))];
        expect([path, found.status]).toEqual([path, 404]);
        const hidden = (text: string): string => text.replaceAll(/customer_of_\w+|[0-9a-f]{32,64}/g, 'X');
        expect([path, hidden(found.body.error.message)]).toEqual([path, hidden(none.body.error.message)]);
      }
    }
  });

  it('is in nobody else’s lists, totals and usage', async () => {
    for (const stranger of strangers) {
      const api = stranger.at(gateway.app);
      const lists = await Promise.all(
        [
          '/customers?search=owner',
          '/checkpoints',
          `/checkpoints?customerId=${CUSTOMER}`,
          '/comparisons',
          `/comparisons?customerId=${CUSTOMER}`,
          '/compare/statements',
          `/compare/statements?customerId=${CUSTOMER}`,
        ].map((path) => api.get(API + path)),
      );
      for (const { status, body } of lists) {
        for (const id of [owned.recordId, owned.reportId, owned.statementId, owned.statementReportId])
          expect(JSON.stringify(body)).not.toContain(id.slice(4));
        expect(JSON.stringify(body.data ?? {})).not.toContain(CUSTOMER);
        expect([200, 404]).toContain(status);
      }
      expect((await api.get(`${API}/usage`)).body.data.consumed).toBe(0);
      expect((await api.get(`${API}/customers/summary`)).body.data).toMatchObject({
        totalCustomers: 0,
        totalDeltas: 0,
      });
      const compared = await api.post(`${API}/compare`, { yourBalance: 42, theirBalance: 42 });
      expect(compared.body.data).toMatchObject({ deltasCount: 0, neutralBalance: 0, matchesYours: false });
    }
  });

  it('cannot be compared with, sealed, corrected or repeated by anybody else', async () => {
    for (const stranger of strangers) {
      const api = stranger.at(gateway.app);
      const compared = await api.post(`${API}/compare`, {
        customerId: CUSTOMER,
        yourBalance: 42,
        theirBalance: 42,
      });
      const sealed = await api.post(`${API}/checkpoint`, { customerId: CUSTOMER });
      const statement = await api.post(`${API}/compare`, { statementId: owned.statementId });
      const handedIn = await handInFor(stranger);
      expect([compared, sealed, statement, handedIn].map(({ status }) => status)).toEqual([
        ...[404, 404, 404, 404],
      ]);
      expect(statement.body.error.message).toBe(`there is no statement ${owned.statementId}`);
      const correction = { customerId: CUSTOMER, delta: -42, reason: 'correction' };
      for (const adjusts of [{ recordId: owned.recordId }, { referenceId: 'invoice-1' }]) {
        const { status, body } = await api.emit({ ...correction, adjusts });
        expect([status, body.error.code]).toEqual([422, 'ADJUSTS_UNKNOWN']);
      }
      // The same customer, the same key: a fact of its own, in a ledger of its own.
      const own = await api.emit({ customerId: CUSTOMER, delta: 7, reason: 'usage' }, 'the-key');
      expect(own.status).toBe(201);
      expect(own.body.data.recordId).not.toBe(owned.recordId);
      expect((await api.derive(CUSTOMER)).body.data).toMatchObject({ computedBalance: 7, deltasCount: 1 });
    }
    const { body } = await owner.at(gateway.app).derive(CUSTOMER);
    expect(body.data).toMatchObject({ computedBalance: 42, deltasCount: 1 });
    expect((await owner.at(gateway.app).get(`${API}/usage`)).body.data.consumed).toBe(1);
  });

  it('is compared by a key that may only read, which records nothing, and not by one that may only record', async () => {
    const totals = { customerId: CUSTOMER, yourBalance: 42, theirBalance: 42 };
    const api = reader.at(gateway.app);
    const compared = await api.post(`${API}/compare`, totals);
    expect([compared.status, compared.body.data.matches]).toEqual([201, true]);
    const { body } = await handInFor(reader);
    const { reportId } = await compareStatement(api, body.data.statementId);
    const report = await owner.at(gateway.app).get(`${API}/compare/${reportId}`);
    expect(report.body.data).toMatchObject({ discrepancyExact: '1', yours: { count: 1 } });
    const recorded = await api.emit({ customerId: CUSTOMER, delta: 1, reason: 'usage' });
    expect([recorded.status, recorded.body.error.code]).toEqual([403, 'FORBIDDEN']);

    const { pool, env } = gateway;
    const producer = await makeTenant(pool, env['KEY_PEPPER'] ?? '', {
      ...{ plan: 'unlimited', scopes: ['ingest'], of: owner },
    });
    const asked = [
      await producer.at(gateway.app).post(`${API}/compare`, totals),
      await producer.at(gateway.app).post(`${API}/compare`, { statementId: owned.statementId }),
      await handInFor(producer),
    ];
    for (const { status, body: refused } of asked) {
      expect([status, refused.error.message]).toEqual([403, 'the key has no scope "read"']);
    }
  });

  it('is not mistaken for another customer’s: a statement is compared with its own, or not at all', async () => {
    const api = owner.at(gateway.app);
    const other = 'another_customer_of_the_owner';
    await api.emit({ customerId: other, delta: 1, reason: 'usage' });
    const { status, body } = await api.post(`${API}/compare`, {
      ...{ statementId: owned.statementId, customerId: other },
    });
    expect([status, body.error.fields]).toEqual([
      400,
      [
        {
          path: 'customerId',
          message: 'must not be given with statementId: the statement has its own',
        },
      ],
    ]);
    const { body: list } = await api.get(`${API}/comparisons?customerId=${other}`);
    expect(list.data.comparisons).toEqual([]);
  });

  it('is public as a root, without the records under it', async () => {
    const answer = await fetch(`${gateway.app.baseUrl}/api/v1/verify/${owned.proofRoot}`);
    const text = await answer.text();
    expect(answer.status).toBe(200);
    for (const hidden of ['invoice-1', 'usage', 'secret', owned.recordId, owned.reportId])
      expect(text).not.toContain(hidden);
  });
});
