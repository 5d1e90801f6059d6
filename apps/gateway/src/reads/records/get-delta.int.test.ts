import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnGateway, type TestGateway } from '@pacspace/testing';

const at = Date.parse('2026-11-02T00:00:00Z');

let gateway: TestGateway;

const get = (id: string, query = '', key?: string) => gateway.get(`/api/v1/balance/delta/${id}${query}`, key);

beforeAll(async () => {
  gateway = await spawnGateway({ lanes: 1 });
}, 60_000);
afterAll(() => gateway.stop());

describe('GET /delta/:recordId', () => {
  it('is VERIFIED with its place once it is in the ledger', async () => {
    const [row] = await gateway.filler.write(
      [{ customerId: 'acme', key: 'a', amount: '-2.50', referenceId: 'r1', metadata: { status: 'paid' } }],
      at,
    );
    const { status, body } = await get(`rec_${row?.recordKey}`);
    expect([status, body.success]).toEqual([200, true]);
    expect(body.data).toMatchObject({
      recordId: `rec_${row?.recordKey}`,
      receiptId: `rcp_${row?.recordKey}`,
      status: 'VERIFIED',
      customerId: 'acme',
      delta: -2.5,
      deltaExact: '-2.5',
      index: 0,
      balanceAfter: -2.5,
      balanceAfterExact: '-2.5',
      referenceId: 'r1',
      metadata: { status: 'paid' },
      period: '2026-11',
      position: { lane: 0, sequence: row?.logSequence },
    });
  });

  it('is FAILED with the reason when the projector refused it', async () => {
    const { recordKey, fingerprint } = await gateway.filler.reject(
      { customerId: 'acme', key: 'bad', amount: '7' },
      'ADJUSTS_UNKNOWN',
      at,
    );
    const { body } = await get(`rec_${recordKey}`);
    expect(body.data).toMatchObject({
      status: 'FAILED',
      delta: 7,
      fingerprint,
      error: { code: 'ADJUSTS_UNKNOWN', message: expect.stringContaining('not recorded') },
    });
    expect(body.data).not.toHaveProperty('index');
  });

  it('is none of another environment’s business', async () => {
    const [row] = await gateway.filler.write([{ customerId: 'acme', key: 'b', amount: '1' }], at);
    const { status, body } = await get(`rec_${row?.recordKey}`, '', gateway.keys.live);
    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('is 404 when the ledger has seen all of the log and does not have it', async () => {
    const { status, body } = await get(`rec_${'0'.repeat(32)}`);
    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
  });

  it.each([
    'rec_xyz',
    '0'.repeat(32),
    `rcp_${'0'.repeat(32)}`,
    `rec_${'A'.repeat(32)}`,
    'rec_%00',
    '%F0%9F%98%80',
  ])('%s is no record id: 400', async (id) => {
    const { status, body } = await get(id);
    expect([status, body.error.fields[0].path]).toEqual([400, 'recordId']);
  });
});

/** From here on the log holds more than the ledger: nobody projects. */
describe('a delta that waits in the log', () => {
  const emit = async (customerId: string, more: Record<string, unknown> = {}) => {
    const body = { customerId, delta: 12.25, reason: 'usage', ...more };
    const answer = await gateway.post('/api/v1/balance/delta', body);
    expect(answer.status).toBe(201);
    return answer.body.data;
  };

  /** The filler's envelopes count as well: bring the log past them first. */
  beforeAll(async () => {
    const { rows } = await gateway.pool.query('SELECT envelopes FROM lane');
    for (let i = 0; i < Number(rows[0].envelopes); i += 1) await emit('filling');
  });

  it('is told as it stands in the log: the next one PROCESSING, those behind it QUEUED', async () => {
    // As if all until now had been folded.
    const { rows } = await gateway.pool.query('SELECT envelopes FROM lane');
    await gateway.pool.query('UPDATE lane SET sequence = $1', [rows[0].envelopes]);
    const first = await emit('waiting', {
      metadata: { a: [1] },
      referenceId: 'r',
      occurredAt: '2026-11-01T00:00:00Z',
    });
    const second = await emit('waiting');
    const { status, body } = await get(first.recordId);
    expect([status, body.data]).toEqual([
      200,
      {
        recordId: first.recordId,
        receiptId: first.receiptId,
        status: 'PROCESSING',
        customerId: 'waiting',
        delta: 12.25,
        deltaExact: '12.25',
        reason: 'usage',
        referenceId: 'r',
        metadata: { a: [1] },
        occurredAt: '2026-11-01T00:00:00.000Z',
        fingerprint: first.fingerprint,
        position: first.position,
        traceId: first.traceId,
      },
    ]);
    const behind = await get(second.recordId);
    expect(behind.body.data).toMatchObject({ status: 'QUEUED', position: second.position });
    expect((await get(second.recordId, '', gateway.keys.live)).status).toBe(404);
  });

  it('is told of another that it is not there, since all that waits was looked through', async () => {
    const begun = performance.now();
    const { status, body } = await get(`rec_${'1'.repeat(32)}`);
    expect([status, body.error.code]).toEqual([404, 'NOT_FOUND']);
    expect(performance.now() - begun).toBeGreaterThan(1_500);
    expect((await get(`rec_${'1'.repeat(32)}`, '?consistency=eventual')).status).toBe(404);
  });

  it('makes a derive say that it is behind, and by how much', async () => {
    const { status, body } = await gateway.get('/api/v1/balance/derive/acme?limit=1');
    expect(status).toBe(200);
    expect(body.data.position).toMatchObject({ consistent: false, behindEnvelopes: 2 });
    expect(body.data.computedBalanceExact).toBe('-1.5');
    const eventual = await gateway.get('/api/v1/balance/derive/acme?limit=1&consistency=eventual');
    expect(eventual.body.data.position).toMatchObject({ consistent: false, behindEnvelopes: null });
  });

  it('keeps a derive from denying a customer whose first delta may be on its way', async () => {
    const strong = await gateway.get('/api/v1/balance/derive/waiting');
    expect([strong.status, strong.body.error.code]).toEqual([503, 'UNAVAILABLE']);
    const eventual = await gateway.get('/api/v1/balance/derive/waiting?consistency=eventual');
    expect([eventual.status, eventual.body.error.code]).toEqual([404, 'CUSTOMER_NOT_FOUND']);
  });

  it('is waited for: a read that came before the projector answers as soon as that is done', async () => {
    const reading = gateway.get('/api/v1/balance/derive/acme?limit=1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    await gateway.pool.query('UPDATE lane SET envelopes = envelopes + 2, sequence = sequence + 2');
    const { body } = await reading;
    expect(body.data.position).toMatchObject({ consistent: true, behindEnvelopes: 0 });
  });

  it('cannot be ruled out when too much waits to be looked through: 503, or 404 when asked not to be sure', async () => {
    for (let i = 0; i < 65; i += 1) await emit('many');
    const last = await emit('many');
    const { status, body, headers } = await get(last.recordId);
    expect([status, body.error.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
    expect((await get(last.recordId, '?consistency=eventual')).status).toBe(404);
  });
});
