import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { checkAnswer, makeDispute } from '@pacspace/testing';
import { BASE, compare, dispute, gateway, handIn, inThePast, record, untilRead } from './comparing.js';

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
