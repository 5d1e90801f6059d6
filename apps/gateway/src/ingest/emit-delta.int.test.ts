import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { amountFromCanonical } from '@pacspace/domain';
import { connectLog, openDeltaLog, readEnvelopeAt } from '@pacspace/log';
import { sha256Hex } from '@pacspace/node-crypto';
import { spawnGateway, type TestAnswer, type TestGateway, waitFor } from '@pacspace/testing';
import { decodeEnvelope, type EnvelopeDelta, fingerprintOf, metadataHashOf } from '@pacspace/wire';

const PATH = '/api/v1/balance/delta';
const GOOD = { customerId: 'acme', delta: -12.5, reason: 'api calls' };

let gateway: TestGateway;
let log: Awaited<ReturnType<typeof openDeltaLog>>;

beforeAll(async () => {
  gateway = await spawnGateway();
  const connection = await connectLog({ url: gateway.nats.url, name: 'test' });
  log = await openDeltaLog(connection, { lanes: 4 });
}, 60_000);

afterAll(async () => {
  await log.connection.close();
  await gateway.stop();
});

const emit = (body: unknown, headers?: Record<string, string>): Promise<TestAnswer> =>
  gateway.post(PATH, body, headers);

/** The delta as it stands in the log at the answer's position. */
async function inLog({ body }: TestAnswer): Promise<EnvelopeDelta> {
  const { lane, sequence } = body.data.position;
  const envelope = decodeEnvelope((await readEnvelopeAt(log, lane, sequence)) ?? '');
  const found = envelope.deltas.find((delta) => `rec_${delta.recordKey}` === body.data.recordId);
  if (found === undefined) throw new Error('the delta is not at its position');
  return found;
}

describe('POST /delta', () => {
  it('answers when the log has the delta, at the position that it names, with all that was sent', async () => {
    const traceparent = `00-${'1a'.repeat(16)}-${'2b'.repeat(8)}-01`;
    const answer = await emit(
      {
        ...GOOD,
        delta: '-12.500000000001',
        referenceId: 'inv "7" ü🙂',
        metadata: { model: 'm', n: [1, { z: null, a: 'ä' }] },
        occurredAt: '2026-11-01T00:00:00.123456+02:00',
      },
      { traceparent },
    );
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      data: {
        recordId: expect.stringMatching(/^rec_[0-9a-f]{32}$/),
        receiptId: expect.stringMatching(/^rcp_[0-9a-f]{32}$/),
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        status: 'QUEUED',
        customerId: 'acme',
        delta: -12.500000000001,
        deltaExact: '-12.500000000001',
        position: { lane: expect.any(Number), sequence: expect.any(Number) },
        durability: 'fsync',
        traceId: '1a'.repeat(16),
      },
    });
    const stored = await inLog(answer);
    expect(stored).toMatchObject({
      environmentId: 'env_test',
      customerId: 'acme',
      amount: '-12.500000000001',
      reason: 'api calls',
      referenceId: 'inv "7" ü🙂',
      metadata: '{"model":"m","n":[1,{"a":"ä","z":null}]}',
      occurredAtMs: Date.parse('2026-10-31T22:00:00.123Z'),
      traceparent,
    });
    const { metadata = '', salt = '' } = stored;
    const metadataHash = metadataHashOf(salt, metadata, sha256Hex);
    const recordId = `rec_${stored.recordKey}`;
    const amount = amountFromCanonical(stored.amount);
    expect(fingerprintOf({ ...stored, recordId, amount, metadataHash, adjusts: undefined }, sha256Hex)).toBe(
      answer.body.data.fingerprint,
    );
  });

  it('makes a trace of its own when the caller sent none, or none that is valid', async () => {
    for (const headers of [{}, { traceparent: `00-${'0'.repeat(32)}-${'2b'.repeat(8)}-01` }]) {
      const answer = await emit(GOOD, headers);
      expect((await inLog(answer)).traceparent.slice(3, 35)).toBe(answer.body.data.traceId);
      expect(answer.body.data.traceId).toMatch(/[1-9a-f]/);
    }
  });

  it('takes each delta without a key as a new fact, also with the same reference', async () => {
    const answers = [
      await emit({ ...GOOD, referenceId: 'same' }),
      await emit({ ...GOOD, referenceId: 'same' }),
    ];
    expect(answers[0]!.body.data.recordId).not.toBe(answers[1]!.body.data.recordId);
  });

  it('answers a repeat with its key again, and refuses the key for another delta', async () => {
    const headers = { 'idempotency-key': 'order-1' };
    const first = await emit(GOOD, headers);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await emit({ reason: 'api calls', delta: '-12.50', customerId: 'acme' }, headers);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body.data).toEqual({ ...first.body.data, traceId: expect.any(String) });
    const other = await emit({ ...GOOD, delta: -13 }, headers);
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe('IDEMPOTENCY_CONFLICT');
    // The scope of a key is the customer.
    expect((await emit({ ...GOOD, customerId: 'other', delta: -13 }, headers)).status).toBe(201);
    expect((await emit({ ...GOOD, idempotencyKey: 'order-1' })).headers.get('idempotency-replayed')).toBe(
      'true',
    );
    expect((await emit({ ...GOOD, idempotencyKey: 'order-2' }, headers)).status).toBe(400);
  });

  it('knows keys that only the ledger has, for ever', async () => {
    await gateway.filler.write(
      [{ customerId: 'old', key: 'k', amount: '5', reason: 'seats' }],
      Date.UTC(2025, 0, 1),
    );
    const body = { customerId: 'old', delta: 5, reason: 'seats' };
    const headers = { 'idempotency-key': 'k' };
    const again = await emit(body, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect((await emit({ ...body, reason: 'other' }, headers)).body.error.code).toBe('IDEMPOTENCY_CONFLICT');
  });

  it('answers twenty requests at once with one key with one and the same record', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => emit({ ...GOOD, customerId: 'race' }, { 'idempotency-key': 'race' })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(20).fill(201));
    expect(new Set(answers.map((answer) => answer.body.data.recordId)).size).toBe(1);
    expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') !== 'true')).toHaveLength(1);
  });

  it('takes corrections of what is recorded, and of nothing else', async () => {
    await gateway.filler.write(
      [
        { customerId: 'fix', key: 'a', amount: '5', referenceId: 'r1' },
        { customerId: 'fix', key: 'b', amount: '5', referenceId: 'r2' },
        { customerId: 'fix', key: 'c', amount: '5', referenceId: 'r2' },
      ],
      Date.UTC(2026, 10, 1),
    );
    const correct = (adjusts: unknown, customerId = 'fix'): Promise<TestAnswer> =>
      emit({ customerId, delta: -5, reason: 'refund', adjusts });
    const byReference = await correct({ referenceId: 'r1' });
    expect(byReference.status).toBe(201);
    const recordId = `rec_${(await inLog(byReference)).adjustsKey}`;
    const byRecord = await correct({ recordId });
    expect((await inLog(byRecord)).adjustsKey).toBe(recordId.slice(4));
    expect((await correct({ referenceId: 'r2' })).body.error).toMatchObject({ code: 'ADJUSTS_AMBIGUOUS' });
    expect((await correct({ referenceId: 'r2' })).status).toBe(422);
    expect((await correct({ recordId }, 'another')).body.error).toMatchObject({ code: 'ADJUSTS_UNKNOWN' });
    expect((await correct({ recordId, referenceId: 'r1' })).status).toBe(400);
  });

  it('takes a CloudEvent, with source and id as its key', async () => {
    const event = {
      specversion: '1.0',
      type: 'x',
      source: '/m',
      id: '1',
      time: '2026-11-02T00:00:00Z',
      data: GOOD,
    };
    const headers = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
    const first = await emit(event, headers);
    expect(await inLog(first)).toMatchObject({ occurredAtMs: Date.parse('2026-11-02T00:00:00Z') });
    expect((await emit(event, headers)).headers.get('idempotency-replayed')).toBe('true');
    expect((await emit({ ...event, specversion: '0.3' }, headers)).body.error.fields).toEqual([
      { path: 'specversion', message: 'must be "1.0"' },
    ]);
  });
});

describe('POST /delta, bad input', () => {
  const field = (path: string) => expect.arrayContaining([expect.objectContaining({ path })]);

  it.each<[string, string, string]>([
    ['NUL in an id', '{"customerId":"a\\u0000","delta":1,"reason":"r"}', 'customerId'],
    ['a percent sign in an id', '{"customerId":"a%20b","delta":1,"reason":"r"}', 'customerId'],
    ['an emoji in an id', '{"customerId":"a🙂","delta":1,"reason":"r"}', 'customerId'],
    ['an id of 129 characters', `{"customerId":"${'x'.repeat(129)}","delta":1,"reason":"r"}`, 'customerId'],
    ['an id that is a number', '{"customerId":7,"delta":1,"reason":"r"}', 'customerId'],
    ['no id', '{"delta":1,"reason":"r"}', 'customerId'],
    ['1e999', '{"customerId":"a","delta":1e999,"reason":"r"}', 'delta'],
    ['zero', '{"customerId":"a","delta":0,"reason":"r"}', 'delta'],
    ['minus zero', '{"customerId":"a","delta":-0,"reason":"r"}', 'delta'],
    ['minus zero as text', '{"customerId":"a","delta":"-0.000","reason":"r"}', 'delta'],
    ['NaN as text', '{"customerId":"a","delta":"NaN","reason":"r"}', 'delta'],
    ['Infinity as text', '{"customerId":"a","delta":"Infinity","reason":"r"}', 'delta'],
    ['17 decimals', '{"customerId":"a","delta":0.12345678901234567,"reason":"r"}', 'delta'],
    ['13 decimals as text', '{"customerId":"a","delta":"0.0000000000001","reason":"r"}', 'delta'],
    ['more than a thousand million', '{"customerId":"a","delta":1000000000.01,"reason":"r"}', 'delta'],
    ['an amount that is an object', '{"customerId":"a","delta":{},"reason":"r"}', 'delta'],
    ['an amount that is null', '{"customerId":"a","delta":null,"reason":"r"}', 'delta'],
    ['a reason of 501', `{"customerId":"a","delta":1,"reason":"${'x'.repeat(501)}"}`, 'reason'],
    ['an empty reason', '{"customerId":"a","delta":1,"reason":""}', 'reason'],
    ['half a surrogate pair', '{"customerId":"a","delta":1,"reason":"\\ud83d"}', 'reason'],
    [
      'NUL in a reference',
      '{"customerId":"a","delta":1,"reason":"r","referenceId":"\\u0000"}',
      'referenceId',
    ],
    ['metadata that is an array', '{"customerId":"a","delta":1,"reason":"r","metadata":[]}', 'metadata'],
    [
      'metadata 20 levels deep',
      `{"customerId":"a","delta":1,"reason":"r","metadata":${'{"a":'.repeat(20)}1${'}'.repeat(20)}}`,
      'metadata',
    ],
    ['__proto__', '{"customerId":"a","delta":1,"reason":"r","metadata":{"__proto__":{"x":1}}}', 'metadata'],
    [
      'metadata that is too long',
      `{"customerId":"a","delta":1,"reason":"r","metadata":{"a":"${'x'.repeat(8_192)}"}}`,
      'metadata',
    ],
    [
      'a misspelt field',
      '{"customerId":"a","delta":1,"reason":"r","occuredAt":"2026-11-24T00:00:00Z"}',
      'occuredAt',
    ],
    [
      'a day that does not exist',
      '{"customerId":"a","delta":1,"reason":"r","occurredAt":"2026-02-30T00:00:00Z"}',
      'occurredAt',
    ],
    [
      'the far future',
      '{"customerId":"a","delta":1,"reason":"r","occurredAt":"2126-01-01T00:00:00Z"}',
      'occurredAt',
    ],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await emit(body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      success: false,
      status: 400,
      instance: PATH,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      error: { message: expect.any(String), fields: field(path) },
    });
    expect(answer.body.error).not.toHaveProperty('code');
  });

  it.each([
    ['NaN', '{"customerId":"a","delta":NaN,"reason":"r"}'],
    ['half a document', '{"customerId":"a"'],
    ['nothing', ''],
    ['a hundred thousand brackets', '['.repeat(60_000)],
    ['brackets that overflow the exact parser', `{"n":1234567890123456789,"a":${'['.repeat(60_000)}`],
    ['an array', '[]'],
    ['null', 'null'],
    ['text', '"delta"'],
  ])('refuses a body of %s', async (_what, body) => {
    const answer = await emit(body);
    expect([answer.status, answer.body?.success]).toEqual([400, false]);
    expect(answer.body.error).not.toHaveProperty('code');
  });

  it('refuses bytes that are not UTF-8, and takes a byte order mark', async () => {
    const send = async (bytes: Buffer, headers: Record<string, string> = {}): Promise<TestAnswer> => {
      const answer = await fetch(`${gateway.app.baseUrl}${PATH}`, {
        method: 'POST',
        headers: { 'x-api-key': gateway.keys.test, 'content-type': 'application/json', ...headers },
        body: new Uint8Array(bytes),
      });
      return { status: answer.status, headers: answer.headers, body: await answer.json() };
    };
    const text = JSON.stringify(GOOD);
    expect((await send(Buffer.from(`${text.slice(0, -2)}\xff"}`, 'latin1'))).body.detail).toContain('UTF-8');
    expect((await send(Buffer.from(`\uFEFF${text}`))).status).toBe(201);
    expect((await send(gzipSync(text), { 'content-encoding': 'gzip' })).status).toBe(201);
    const truncated = gzipSync(text).subarray(0, -6);
    expect((await send(truncated, { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await send(Buffer.from(text), { 'content-encoding': 'gzip' })).status).toBe(400);
    const bomb = gzipSync(JSON.stringify({ ...GOOD, reason: 'x'.repeat(50_000_000) }));
    expect((await send(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    const brotli = await send(Buffer.from(text), { 'content-encoding': 'br' });
    expect([brotli.status, brotli.headers.get('accept-encoding')]).toEqual([415, 'gzip']);
  });

  it('keeps an amount that a double cannot hold, and refuses one that it would change', async () => {
    const exact = await emit('{"customerId":"a","delta":123456789.123456789012,"reason":"r"}');
    expect(exact.body.data.deltaExact).toBe('123456789.123456789012');
    const sums = await emit('{"customerId":"a","delta":0.30000000000000004,"reason":"r"}');
    expect(sums.status).toBe(400);
  });

  it('refuses what is too large, and other content types', async () => {
    const large = await emit({ ...GOOD, metadata: { a: 'x'.repeat(70_000) } });
    expect([large.status, large.body.error]).toEqual([
      413,
      { code: 'PAYLOAD_TOO_LARGE', message: 'the body is larger than 65,536 bytes' },
    ]);
    for (const type of ['text/plain', 'application/x-ndjson', 'application/json; charset=latin1']) {
      const answer = await emit(JSON.stringify(GOOD), { 'content-type': type });
      expect([type, answer.status, answer.body.error.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });

  it('answers a body of 100 MB with 413 while it is still being sent', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${gateway.app.baseUrl}${PATH}`, {
        method: 'POST',
        headers: {
          'x-api-key': gateway.keys.test,
          'content-type': 'application/json',
          'content-length': 100_000_000,
        },
      });
      request.on('response', (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      request.on('error', reject);
      request.write(Buffer.alloc(100_000, 'x'));
    });
    expect(status).toBe(413);
  });
});

describe('who may emit', () => {
  it('refuses a key that is missing, malformed, unknown or wrong, in one way', async () => {
    const [start] = gateway.keys.test.split('.');
    for (const key of ['', 'x', `${start}.${'x'.repeat(30)}`, `pk_test_unknown123.${'x'.repeat(30)}`]) {
      const answer = await emit(GOOD, { 'x-api-key': key });
      expect([answer.status, answer.body.error.code]).toEqual([401, 'INVALID_API_KEY']);
      expect(answer.headers.get('www-authenticate')).toContain('X-Api-Key');
    }
  });

  it('finds the key also where the path is escaped: no spelling goes around it', async () => {
    for (const path of [
      '/api/v1/%62alance/delta',
      '/api/v1/balance/%64elta',
      '//api/v1/balance/delta',
      '/API/v1/balance/delta',
    ]) {
      const answer = await gateway.post(path, GOOD, { 'x-api-key': 'x' });
      expect([401, 404]).toContain(answer.status);
    }
  });

  it('stops a key when it is switched off, and takes it again as it then is', async () => {
    const { pool, keys } = gateway;
    const headers = { 'x-api-key': keys.live };
    expect((await emit(GOOD, headers)).status).toBe(201);
    await pool.query("UPDATE console.api_key SET active = false WHERE id = 'key_live'");
    await waitFor(async () => (await emit(GOOD, headers)).status === 401);
    await pool.query(
      "UPDATE console.api_key SET active = true, scopes = ARRAY['read'] WHERE id = 'key_live'",
    );
    await waitFor(async () => (await emit(GOOD, headers)).body.error?.code === 'FORBIDDEN');
    await pool.query("UPDATE console.environment SET state = 'deploying' WHERE id = 'env_live'");
    const notReady = await waitFor(async () => {
      const answer = await emit(GOOD, headers);
      return answer.status === 412 && answer;
    });
    expect(notReady.body.error.code).toBe('ENVIRONMENT_NOT_READY');
  });

  it('answers unknown addresses, methods and escapes as problems, too', async () => {
    for (const [path, status] of [
      ['/nothing', 404],
      ['/api/v1/balance/nothing', 404],
      ['/api/v1/balance/delta/%', 400],
    ] as const) {
      const answer = await gateway.get(path);
      expect([path, answer.status, answer.body.success]).toEqual([path, status, false]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body.traceId).toMatch(/^[0-9a-f]{32}$/);
    }
  });
});
