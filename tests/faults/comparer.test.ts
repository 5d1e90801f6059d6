import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { connectLog, EventsReader, openDeltaLog } from '@pacspace/log';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { type CustomerFact, factsSubject } from '@pacspace/wire';
import type pg from 'pg';

const BASE = '/api/v1/balance/compare';
const RECORDS = 2_000;
const LANES = 4;

let gateway: TestGateway;
let projector: SpawnedApp;
let comparers: SpawnedApp[] = [];
let statementId: string;

beforeAll(async () => {
  gateway = await spawnGateway({ lanes: LANES });
  projector = await spawnApp('projector', gateway.env);
  comparers = [await spawnApp('comparer', gateway.env)];
  const deltas = Array.from({ length: RECORDS }, (_, i) => ({
    ...{ customerId: 'acme', delta: i + 1, reason: 'usage', referenceId: `ref-${i}` },
  }));
  expect((await gateway.post('/api/v1/balance/delta/batch', { deltas })).status).toBe(201);
  // One is missing, one is mistyped.
  const rows = deltas.slice(1).map(({ delta, referenceId }, i) => `${referenceId},${i === 0 ? 7 : delta}`);
  const query = 'customerId=acme&amountColumn=amount&referenceColumn=ref';
  const { body } = await gateway.post(`${BASE}/statements?${query}`, `ref,amount\n${rows.join('\n')}\n`, {
    'content-type': 'text/csv',
  });
  ({ statementId } = body.data);
  await waitFor(async () => {
    const found = await gateway.get(`${BASE}/statements/${statementId}`);
    return found.body.data.statementState === 'ready';
  });
}, 120_000);

afterAll(async () => {
  await Promise.all([projector, ...comparers].map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

const find = async (reportId: string) => (await gateway.get(`${BASE}/${reportId}`)).body.data;

/** Holds up whoever makes a report, where all is written and nothing is to be seen yet. @returns what lets go. */
async function holdUp(): Promise<() => Promise<void>> {
  const client: pg.PoolClient = await gateway.pool.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE compare.breakdown IN SHARE MODE');
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}

async function ask(rules: object = {}): Promise<string> {
  const { body } = await gateway.post(BASE, { statementId, rules });
  return body.data.reportId;
}

const isHeldUp = (reportId: string) =>
  waitFor(async () => (await find(reportId)).progress?.stage === 'keeping');

async function expectReport(reportId: string, attempts: number): Promise<object> {
  const report = await waitFor(
    async () => {
      const found = await find(reportId);
      return found.reportState === 'done' && found;
    },
    { timeoutMs: 60_000 },
  );
  expect(report).toMatchObject({
    matches: false,
    // 1 is missing; 2 became 7.
    discrepancyExact: '-4',
    classes: {
      matched: { findings: RECORDS - 2 },
      onlyHere: { findings: 1, contributionExact: '1' },
      amountDiffers: { findings: 1, contributionExact: '-5' },
    },
    identity: { holds: true, contributionsExact: '-4' },
  });
  const { rows } = await gateway.pool.query(
    `SELECT r.attempts, count(f.*)::int AS findings FROM compare.report r
       JOIN compare.finding f ON f.report_no = r.number WHERE r.report_id = $1 GROUP BY r.attempts`,
    [reportId],
  );
  expect(rows).toEqual([{ attempts, findings: RECORDS }]);
  return report;
}

/** How often the event stream was told of a report. */
async function countTold(reportId: string): Promise<number> {
  const connection = await connectLog({ url: gateway.nats.url, name: 'test' });
  try {
    const log = await openDeltaLog(connection, { lanes: LANES });
    let told = 0;
    for (let lane = 0; lane < LANES; lane += 1) {
      const reader = await EventsReader.open(log, factsSubject(lane), 0);
      for (let left = reader.waiting; left > 0;) {
        const messages = await reader.next(1_000_000, 1_000);
        left -= messages.length;
        for (const { payload } of messages) {
          const fact = JSON.parse(payload) as CustomerFact;
          if (fact.kind === 'compared' && fact.reportId === reportId) told += 1;
        }
      }
      reader.close();
    }
    return told;
  } finally {
    await connection.close();
  }
}

it('makes a report once though its comparer is killed in the middle: another one begins it again', async () => {
  const letGo = await holdUp();
  const reportId = await ask();
  await isHeldUp(reportId);
  await comparers[0]!.kill9();
  // Nothing of it is to be seen, and nothing of it stays.
  expect((await gateway.get(`${BASE}/${reportId}/findings?class=any`)).body.data.findings).toEqual([]);
  comparers = [await spawnApp('comparer', gateway.env)];
  await letGo();
  await expectReport(reportId, 2);
  const { rows } = await gateway.pool.query(
    `SELECT relname FROM pg_class WHERE relname LIKE 'finding\\_%\\_1' AND relkind = 'r'`,
  );
  expect(rows).toEqual([]);
  await waitFor(async () => (await countTold(reportId)) === 1);
});

it('makes it once though one that was suspended wakes up when another has made it', async () => {
  const [first] = comparers as [SpawnedApp];
  const letGo = await holdUp();
  const reportId = await ask();
  await isHeldUp(reportId);
  process.kill(first.pid, 'SIGSTOP');
  const second = await spawnApp('comparer', gateway.env);
  comparers = [first, second];
  await letGo();
  const report = await expectReport(reportId, 2);
  process.kill(first.pid, 'SIGCONT');
  await waitFor(() => first.logs().includes('was begun again by somebody else'));
  expect(await expectReport(reportId, 2)).toEqual(report);
  await waitFor(async () => (await countTold(reportId)) > 0);
  expect(await countTold(reportId)).toBe(1);
});

it('makes as many reports at a time as there are replicas, each once', async () => {
  const letGo = await holdUp();
  const asked = await Promise.all([ask(), ask({ timeWindowSeconds: 5 }), ask({ groups: false })]);
  await waitFor(async () => {
    const found = await Promise.all(asked.map(find));
    return found.filter(({ progress }) => progress?.stage === 'keeping').length === 2;
  });
  await letGo();
  for (const reportId of asked) await expectReport(reportId, 1);
});
