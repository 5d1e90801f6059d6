import { expect } from '@jest/globals';
import { formatAmount } from '@pacspace/domain';
import {
  checkAnswer,
  type Dispute,
  disputeToCsv,
  type Fault,
  makeDispute,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  type TestAnswer,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';

export const BASE = '/api/v1/balance/compare';

export let gateway: TestGateway;
let others: SpawnedApp[];

export async function startComparing(): Promise<void> {
  gateway = await spawnGateway();
  others = await Promise.all(['projector', 'comparer'].map((name) => spawnApp(name, gateway.env)));
}

export async function stopComparing(): Promise<void> {
  await Promise.all(others.map((app) => app.stop()));
  await gateway.stop();
}

/** A dispute is about November 2026; usage does not come from the future. Two months before is as long a month. */
const EARLIER_MS = 61 * 86_400_000;

export function inThePast(dispute: Dispute): Dispute {
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
export async function record(customerId: string, { here }: Dispute): Promise<void> {
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

export async function handIn(
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
export async function untilRead(statementId: string) {
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

export async function compare(statementId: string, rules?: object) {
  const { status, body } = await gateway.post(BASE, { statementId, ...(rules !== undefined && { rules }) });
  expect([status, body.data.statementId]).toEqual([202, statementId]);
  return await untilMade(body.data.reportId);
}

/** All findings of a report, page by page. */
export async function allFindings(reportId: string, query: Record<string, string> = {}) {
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
export async function dispute(name: string, faults: readonly Fault[], seed: number, records = 400) {
  const made = inThePast(makeDispute({ seed, records, faults }));
  await record(name, made);
  const month = new Date(made.scope.startMs).toISOString().slice(0, 7);
  const { status, body } = await handIn(name, disputeToCsv(made.there), {
    query: { ...COLUMNS, period: month },
  });
  expect(status).toBe(201);
  return { made, month, statementId: body.data.statementId as string };
}
