import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectLog } from '@pacspace/log';
import {
  checkAnswer,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  startFaultProxy,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import { KEYS_CHANGED } from '@pacspace/wire';
import { makeTenant, type TenantKey, type TenantKeyParts } from '../support/tenants.js';
import type { Answer } from '../system/api.js';

const API = '/api/v1/balance';
const PLANS = {
  five: { deltas: { test: 5, live: 0 } },
  ten: { deltas: { test: 10, live: 10 } },
  /** So slow that nothing is earned again while a test runs. */
  slow: { deltas: { test: null, live: null }, rate: { perSecond: 0.001, burst: 5 } },
  brisk: { deltas: { test: null, live: null }, rate: { perSecond: 500, burst: 100 } },
};
/** How long a killed gateway keeps what it held. */
const LEASE_SECONDS = 4;

let first: TestGateway;
let second: SpawnedApp;
let projector: SpawnedApp;
let env: Record<string, string>;

beforeAll(async () => {
  first = await spawnGateway({
    env: { PLANS: JSON.stringify(PLANS), PLAN_LEASE_SECONDS: String(LEASE_SECONDS) },
  });
  env = { ...first.env };
  [second, projector] = await Promise.all([spawnApp('gateway', env), spawnApp('projector', env)]);
}, 120_000);

afterAll(async () => {
  await Promise.all([second.stop(), projector.stop()]);
  await first.stop();
}, 60_000);

const tenant = (parts: TenantKeyParts): Promise<TenantKey> =>
  makeTenant(first.pool, first.env['KEY_PEPPER'] ?? '', parts);

const delta = (customerId = 'c') => ({ customerId, delta: 1, reason: 'usage' });
const deltas = (count: number) => Array.from({ length: count }, (_, i) => delta(`c${i % 7}`));

/** How many of the answers came with which status and code. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, body } of answers) {
    const name = [status, body.error?.code].filter((part) => part !== undefined).join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

async function usage(key: TenantKey, of: { baseUrl: string } = first.app) {
  const { status, body } = await key.at(of).get(`${API}/usage`);
  expect(status).toBe(200);
  return body.data;
}

describe('a plan', () => {
  it('lets exactly what is left through: 200 at once over two gateways, with 3 left', async () => {
    const key = await tenant({ plan: 'free' });
    expect(tally([await key.at(first.app).emitBatch(deltas(97))])).toEqual({ '201': 1 });
    const gateways = [first.app, second];
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => key.at(gateways[i % 2]!).emit(delta(`c${i % 7}`))),
    );
    expect(tally(answers)).toEqual({ '201': 3, '402 PLAN_LIMIT_EXCEEDED': 197 });
    expect(await usage(key)).toMatchObject({ plan: 'free', consumed: 100, allowed: 100, remaining: 0 });
    const refused = answers.find(({ status }) => status === 402);
    expect(refused?.body.error.message).toMatch(
      /^the plan "free" allows 100 deltas a month in the sandbox, and 100 are recorded in \d{4}-\d\d: change the plan, or go on when \d{4}-\d\d begins \(UTC\)$/,
    );
    checkAnswer({ method: 'POST', url: `${API}/delta`, answer: refused!, body: refused!.body });
    // And what was recorded is still answered to whoever repeats it, and read.
    expect((await key.at(second).derive('c0')).body.data.deltasCount).toBeGreaterThan(0);
  });

  it('counts a delta once, however often it is sent and wherever; and what is refused not at all', async () => {
    const key = await tenant({ plan: 'five' });
    const [a, b] = [key.at(first.app), key.at(second)];
    const repeats = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? a : b).emit(delta(), 'one')),
    );
    expect(tally(repeats)).toEqual({ '201': 20 });
    const conflict = await a.emit({ ...delta(), delta: 2 }, 'one');
    const invalid = await a.emit({ ...delta(), delta: 0 });
    expect([conflict.status, invalid.status]).toEqual([409, 400]);
    // Within one batch, too: the same key twice.
    const twice = { ...delta(), idempotencyKey: 'two' };
    const { body } = await b.emitBatch([twice, twice, { ...delta(), idempotencyKey: 'one' }]);
    expect([body.data.totalQueued, body.data.totalFailed]).toEqual([3, 0]);
    await waitFor(async () => (await usage(key)).consumed === 2);
    expect(tally(await Promise.all(Array.from({ length: 8 }, () => a.emit(delta()))))).toEqual({
      '201': 3,
      '402 PLAN_LIMIT_EXCEEDED': 5,
    });
    expect(await usage(key, second)).toMatchObject({ consumed: 5, remaining: 0 });
    // A repeat is no new delta.
    expect((await b.emit(delta(), 'one')).status).toBe(201);
  });

  it('is applied to a batch item by item, and to a batch as a whole when none of it may pass', async () => {
    const key = await tenant({ plan: 'five' });
    const across = await key.at(first.app).emitBatch(deltas(8));
    expect([across.status, across.body.success]).toEqual([201, true]);
    const { results, totalQueued, totalFailed } = across.body.data;
    expect([totalQueued, totalFailed]).toEqual([5, 3]);
    expect(results.map((item: { status: string }) => item.status)).toEqual([
      ...Array.from({ length: 5 }, () => 'QUEUED'),
      ...Array.from({ length: 3 }, () => 'FAILED'),
    ]);
    expect(results[7].error).toMatchObject({ code: 'PLAN_LIMIT_EXCEEDED' });
    expect(tally([await key.at(second).emitBatch(deltas(8))])).toEqual({ '402 PLAN_LIMIT_EXCEEDED': 1 });
    expect(await usage(key)).toMatchObject({ consumed: 5 });
  });

  it('lets through what a killed gateway held, once its lease has run out, and not before', async () => {
    const key = await tenant({ plan: 'ten' });
    const doomed = await spawnApp('gateway', env);
    expect(tally(await Promise.all(Array.from({ length: 4 }, () => key.at(doomed).emit(delta()))))).toEqual({
      '201': 4,
    });
    await doomed.kill9();
    let passed = 4;
    await waitFor(
      async () => {
        const { status, body } = await key.at(first.app).emit(delta());
        if (status === 201) passed += 1;
        else
          expect([status, body.error.code]).toEqual(
            passed < 10 ? [503, 'UNAVAILABLE'] : [402, 'PLAN_LIMIT_EXCEEDED'],
          );
        return status === 402;
      },
      { timeoutMs: 30_000 },
    );
    expect(passed).toBe(10);
    expect(await usage(key)).toMatchObject({ consumed: 10, remaining: 0 });
  });

  it('gives back, when it stops, what a gateway held: nobody waits for its lease', async () => {
    const key = await tenant({ plan: 'ten' });
    const leaving = await spawnApp('gateway', env);
    expect((await key.at(leaving).emit(delta())).status).toBe(201);
    expect(await leaving.stop()).toBe(0);
    const { rows } = await first.pool.query('SELECT FROM console.quota_lease WHERE environment_id = $1', [
      key.environmentId,
    ]);
    expect(rows).toEqual([]);
  });

  it('lets what a gateway holds through while Postgres is away, and then says that it does not know', async () => {
    const proxy = await startFaultProxy(first.env['DATABASE_URL'] ?? '');
    const cutOff = await spawnApp('gateway', { ...env, DATABASE_URL: proxy.url });
    const [limited, unlimited] = [await tenant({ plan: 'ten' }), await tenant({ plan: 'unlimited' })];
    const emit = (key: TenantKey) => key.at(cutOff).emit(delta());
    // Two units come in the first block.
    expect(tally([await emit(limited), await emit(unlimited)])).toEqual({ '201': 2 });
    await proxy.refuse();
    expect(tally([await emit(limited), await emit(limited)])).toEqual({ '201': 1, '503 UNAVAILABLE': 1 });
    expect((await emit(unlimited)).status).toBe(201);
    await proxy.accept();
    await waitFor(async () => (await emit(limited)).status === 201, { timeoutMs: 20_000 });
    const { body } = await limited.at(cutOff).emitBatch(deltas(9));
    expect([body.data.totalQueued, body.data.totalFailed]).toEqual([7, 2]);
    expect(await usage(limited)).toMatchObject({ consumed: 10, remaining: 0 });
    await cutOff.stop();
    await proxy.stop();
  });

  it('of nothing lets nothing through: production under the free plan', async () => {
    const key = await tenant({ plan: 'free', kind: 'live' });
    const { status, body } = await key.at(first.app).emit(delta());
    expect([status, body.error.message]).toEqual([
      402,
      'the plan "free" allows no deltas in production: change the plan, or use a key of the sandbox',
    ]);
  });

  it('may be changed: within a second more is let through', async () => {
    const key = await tenant({ plan: 'five' });
    expect((await key.at(first.app).emitBatch(deltas(6))).body.data.totalQueued).toBe(5);
    await first.pool.query("UPDATE console.tenant SET plan = 'ten' WHERE id = $1", [key.tenantId]);
    await waitFor(async () => (await key.at(first.app).emit(delta())).status === 201);
    expect((await key.at(first.app).emitBatch(deltas(6))).body.data.totalQueued).toBe(4);
  });
});

describe('a rate', () => {
  it('is told on every answer, and what is over it is refused, with the time to wait', async () => {
    const key = await tenant({ plan: 'slow' });
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await key.at(first.app).emit(delta()));
    expect(tally(answers)).toEqual({ '201': 5, '429 RATE_LIMITED': 1 });
    expect(answers.map(({ headers }) => headers.get('ratelimit')?.split(';t=')[0])).toEqual(
      [4, 3, 2, 1, 0, 0].map((left) => `"deltas";r=${left}`),
    );
    for (const { headers } of answers) expect(headers.get('ratelimit-policy')).toBe('"deltas";q=5;w=5000');
    const refused = answers[5]!;
    const seconds = refused.body.error.retryAfterSeconds;
    expect(Number.isInteger(seconds) && seconds >= 900 && seconds <= 1_000).toBe(true);
    expect(refused.headers.get('retry-after')).toBe(String(seconds));
    checkAnswer({ method: 'POST', url: `${API}/delta`, answer: refused, body: refused.body });
    // Reads cost, too, and nothing that was refused was recorded.
    expect((await key.at(first.app).get(`${API}/usage`)).status).toBe(429);
  });

  it('costs a batch what its deltas cost, as a whole', async () => {
    const key = await tenant({ plan: 'slow' });
    expect((await key.at(first.app).emitBatch(deltas(4))).status).toBe(201);
    expect(tally([await key.at(first.app).emitBatch(deltas(3))])).toEqual({ '429 RATE_LIMITED': 1 });
  });

  it('is one for all gateways', async () => {
    const key = await tenant({ plan: 'slow' });
    for (let i = 0; i < 5; i += 1) expect((await key.at(first.app).emit(delta())).status).toBe(201);
    await waitFor(async () => (await key.at(second).emit(delta())).status === 429);
  });

  it('slows a stream down instead of breaking it', async () => {
    const key = await tenant({ plan: 'brisk' });
    const lines = deltas(900).map((one) => JSON.stringify(one));
    const startedAt = performance.now();
    const { status, body } = await key
      .at(first.app)
      .post(`${API}/delta/batch?results=failed`, lines.join('\n'), {
        'content-type': 'application/x-ndjson',
      });
    expect([status, body.success, body.data.totalQueued]).toEqual([201, true, 900]);
    // Its own rate is the least that it takes: each piece is let in when the one before it is paid for.
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('holds, and plans do, at a gateway without Redis', async () => {
    const alone = await spawnApp('gateway', { ...env, REDIS_URL: 'redis://127.0.0.1:1' });
    const rated = await tenant({ plan: 'slow' });
    const answers = [];
    for (let i = 0; i < 6; i += 1) answers.push(await rated.at(alone).emit(delta()));
    expect(tally(answers)).toEqual({ '201': 5, '429 RATE_LIMITED': 1 });
    const limited = await tenant({ plan: 'five' });
    const all = await Promise.all(Array.from({ length: 20 }, () => limited.at(alone).emit(delta())));
    expect(tally(all)).toEqual({ '201': 5, '402 PLAN_LIMIT_EXCEEDED': 15 });
    await alone.stop();
  });
});

describe('a key', () => {
  const both = async (key: TenantKey): Promise<string[]> =>
    Promise.all(
      [first.app, second].map(async (gateway) => {
        const { status, body } = await key.at(gateway).emit(delta());
        return [status, body.error?.code].join(' ');
      }),
    );
  const good = ['201 ', '201 '];
  const refused = ['401 INVALID_API_KEY', '401 INVALID_API_KEY'];

  it('that is switched off is refused at every gateway, as soon as they have heard', async () => {
    const key = await tenant({ plan: 'unlimited' });
    expect(await both(key)).toEqual(good);
    const connection = await connectLog({ url: first.nats.url, name: 'test' });
    await first.pool.query('UPDATE console.api_key SET active = false WHERE id = $1', [key.id]);
    connection.publish(KEYS_CHANGED, JSON.stringify({ publicIds: [key.publicId] }));
    await connection.close();
    await waitFor(async () => (await both(key)).join() === refused.join());
    await first.pool.query('UPDATE console.api_key SET active = true WHERE id = $1', [key.id]);
    // Nobody says so this time: it is noticed all the same.
    await waitFor(async () => (await both(key)).join() === good.join());
  });

  it.each([
    ['deleted', 'DELETE FROM console.api_key WHERE id = $1'],
    ['expired', "UPDATE console.api_key SET expires_at = now() - interval '1 s' WHERE id = $1"],
    [
      'of a tenant that is deleted',
      `DELETE FROM console.tenant WHERE id = (SELECT tenant_id FROM console.environment
         WHERE id = (SELECT environment_id FROM console.api_key WHERE id = $1))`,
    ],
  ])('that is %s is refused everywhere, though nobody says so', async (_what, sql) => {
    const key = await tenant({ plan: 'unlimited' });
    expect(await both(key)).toEqual(good);
    await first.pool.query(sql, [key.id]);
    await waitFor(async () => (await both(key)).join() === refused.join());
  });

  it('breaks a batch off that streams for longer than it is good', async () => {
    const key = await tenant({ plan: 'unlimited' });
    const line = `${JSON.stringify(delta())}\n`;
    let revoked = false;
    const body = new ReadableStream({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        controller.enqueue(new TextEncoder().encode(line.repeat(300)));
        if (revoked) return;
        revoked = true;
        await first.pool.query('UPDATE console.api_key SET active = false WHERE id = $1', [key.id]);
      },
    });
    const answer = await fetch(`${first.app.baseUrl}${API}/delta/batch?results=failed`, {
      method: 'POST',
      headers: { 'x-api-key': key.text, 'content-type': 'application/x-ndjson' },
      body,
      duplex: 'half',
    });
    const told = (await answer.json()) as { success: boolean; error: { code: string } };
    expect([told.success, told.error.code]).toEqual([false, 'INVALID_API_KEY']);
  });

  it.each([
    [['ingest'], { emit: 201, read: 403 }],
    [['read'], { emit: 403, read: 200 }],
    [['admin'], { emit: 403, read: 403 }],
    [[], { emit: 403, read: 403 }],
  ])('may do what its scopes say, and no more: %j', async (scopes, expected) => {
    const key = await tenant({ plan: 'unlimited', scopes });
    const api = key.at(first.app);
    const emitted = await Promise.all([api.emit(delta()), api.emitBatch([delta()])]);
    const read = await Promise.all(
      ['/usage', '/limits', '/customers', '/comparisons'].map((path) => api.get(API + path)),
    );
    expect([new Set(emitted.map(({ status }) => status)), new Set(read.map(({ status }) => status))]).toEqual(
      [new Set([expected.emit]), new Set([expected.read])],
    );
    const forbidden = [...emitted, ...read].filter(({ status }) => status === 403);
    for (const { body } of forbidden) expect(body.error.code).toBe('FORBIDDEN');
  });

  it.each([
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'],
    [
      'a JWT that begins like a key',
      'pk_test_eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r',
    ],
    ['nothing', ''],
    ['only the public half', 'pk_test_acmeKey12345678'],
    ['another environment', 'pk_prod_acmeKey12345678.abcdefghijklmnopqrstuvwxyz'],
    ['SQL', "pk_test_' OR 1=1 --.abcdefghijklmnopqrstuvwxyz"],
    ['a very long one', `pk_test_acmeKey12345678.${'a'.repeat(8_000)}`],
    ['bytes that are no ASCII', 'pk_test_acmeKey1234\u00ff678.abcdefghijklmnopqrstuvwxyz'],
  ])('that is malformed is refused: %s', async (_what, text) => {
    const answer = await fetch(`${first.app.baseUrl}${API}/usage`, { headers: { 'x-api-key': text } });
    const body = (await answer.json()) as { error: { code: string } };
    expect([answer.status, body.error.code]).toEqual([401, 'INVALID_API_KEY']);
    // A bearer token is no key, whatever it is.
    const bearer = await fetch(`${first.app.baseUrl}${API}/usage`, {
      headers: { authorization: `Bearer ${first.keys.test}` },
    });
    expect(bearer.status).toBe(401);
  });

  it('is listed with its last use, a little later', async () => {
    const key = await tenant({ plan: 'unlimited' });
    const before = Date.now();
    expect(await both(key)).toEqual(good);
    const found = await waitFor(async () => {
      const { rows } = await first.pool.query<{ at: Date | null }>(
        'SELECT last_used_at AS at FROM console.api_key WHERE id = $1',
        [key.id],
      );
      return rows[0]?.at;
    });
    expect(found.getTime()).toBeGreaterThanOrEqual(before);
    expect(found.getTime()).toBeLessThanOrEqual(Date.now());
  });
});
