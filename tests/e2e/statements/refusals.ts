import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeDispute } from '@pacspace/testing';
import { BASE, dispute, gateway, handIn, inThePast, record, untilRead } from './comparing.js';

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
