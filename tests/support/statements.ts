import { waitFor } from '@pacspace/testing';
import type { Answer, Api } from '../system/api.js';

const BASE = '/api/v1/balance/compare';

/** Hands in a party's own records, as JSON: `ref`, `amount`, `at`. */
export function handIn(
  api: Api,
  scope: { readonly customerId: string; readonly period?: string },
  rows: readonly { readonly ref: string; readonly amount: number; readonly at?: string }[],
): Promise<Answer> {
  const columns = { amountColumn: 'amount', referenceColumn: 'ref' };
  const timed = rows.some(({ at }) => at !== undefined) && { timeColumn: 'at' };
  const query = new URLSearchParams({ ...scope, ...columns, ...timed });
  return api.post(`${BASE}/statements?${query.toString()}`, JSON.stringify(rows));
}

/** Has a statement compared, and waits for the report. */
export async function compareStatement(api: Api, statementId: string) {
  const { status, body } = await api.post(BASE, { statementId });
  if (status !== 202) throw new Error(`comparing ${statementId} was answered ${status}`);
  return await waitFor(async () => {
    const answer = await api.get(`${BASE}/${body.data.reportId}`);
    return ['done', 'failed'].includes(answer.body.data.reportState) && answer.body.data;
  });
}
