import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnApp, waitFor } from '@pacspace/testing';
import { tmpdir } from 'node:os';
import type { RouteDeclaration } from '@pacspace/openapi';
import { consoleRoutes } from '../../apps/console/src/routes.js';
import { webhookEnv } from '../support/webhook-env.js';
import { Api } from '../system/api.js';
import { pacspace } from '../system/commands.js';
import { type ConsoleSystem, PASSWORD, startConsoleSystem, Visitor } from '../system/console.js';

let system: ConsoleSystem;
beforeAll(async () => {
  system = await startConsoleSystem();
}, 60_000);
afterAll(() => system.close());

/** `npx pacspace access …` as the operator types it. */
function access(...args: readonly string[]) {
  const { baseUrl, token } = system.operator;
  return pacspace(['access', ...args], {
    cwd: tmpdir(),
    env: { OPERATOR_URL: baseUrl, OPERATOR_TOKEN: token },
  });
}

const PERSON = { name: 'Jane Doe', organization: 'Acme Inc', buyerMode: 'DIRECT_INFERENCE_VENDOR' };

describe('a stranger', () => {
  it('asks for access, is approved, registers, verifies, logs in, makes a key, and records with it', async () => {
    const email = 'you@example.com';
    const visitor = system.visitor();
    const asked = await visitor.post('/dashboard/auth/request-access', {
      ...PERSON,
      email,
      useCase: 'Record usage before invoices go out.',
    });
    expect(asked).toMatchObject({ status: 201, body: { success: true, data: { state: 'received' } } });

    const listed = await access('list', '--state', 'pending');
    expect(listed.output).toMatch(/^req_\w{16} {2}pending .*you@example\.com\n {4}Jane Doe, Acme Inc/m);
    const approved = await access('approve', email);
    expect(approved).toMatchObject({ code: 0 });
    expect(approved.output).toContain(`approved ${email} (plan free)`);
    const approvalToken = await system.operator.tokenOf('access-approved', email);

    const registration = { ...PERSON, email, password: PASSWORD };
    const without = await visitor.post('/dashboard/auth/register', registration);
    expect(without).toMatchObject({
      status: 403,
      body: { error: { code: 'REGISTRATION_REQUIRES_APPROVAL' } },
    });
    const registered = await visitor.post('/dashboard/auth/register', { ...registration, approvalToken });
    expect(registered.status).toBe(201);

    const early = await visitor.logIn(email);
    expect(early).toMatchObject({ status: 403, body: { error: { code: 'EMAIL_NOT_VERIFIED' } } });
    const token = await system.operator.tokenOf('verify-email', email);
    // Without a mail server the log has it, too.
    expect(system.console().logs()).toContain(token);
    expect((await visitor.get(`/dashboard/auth/verify?token=${token}`)).body.data).toEqual({
      email,
      verified: true,
    });
    expect((await visitor.get(`/dashboard/auth/verify?token=${token}`)).status).toBe(400);

    const login = await visitor.logIn(email);
    expect(login).toMatchObject({ status: 201, body: { data: { account: { email, role: 'owner' } } } });
    expect(login.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Lax$/);
    const created = await visitor.post('/dashboard/api-keys', { name: 'quickstart-key' });
    expect(created.body.data).toMatchObject({ name: 'quickstart-key', environment: 'test', active: true });
    expect(created.body.data.fullKey).toBe(`${created.body.data.publicKey}.${created.body.data.secretKey}`);
    const environments = await visitor.get('/dashboard/environments');
    expect(environments.body.data.items[0]).toMatchObject({
      ...{ name: 'sandbox', state: 'active', baseUrl: system.gateway.baseUrl },
    });

    const api = new Api(environments.body.data.items[0].baseUrl, created.body.data.fullKey);
    const emitted = await api.emit({ customerId: 'customer_001', delta: 100, reason: 'initial-deposit' });
    expect(emitted).toMatchObject({ status: 201, body: { data: { status: 'QUEUED' } } });
  });

  it('is denied, asks again, and is before the operator once more', async () => {
    const email = 'again@example.com';
    const visitor = system.visitor();
    const ask = () => visitor.post('/dashboard/auth/request-access', { ...PERSON, email, useCase: 'Tests.' });
    const first = await ask();
    expect((await access('deny', email)).output).toBe(`denied ${email}\n`);
    expect((await ask()).body).toEqual(first.body);
    const pending = await system.operator.get('/operator/access-requests?state=pending');
    expect(pending.body.data.items).toEqual([expect.objectContaining({ email, askedTimes: 2 })]);
    // A token of before the denial is void, and so is one of before a second approval that was used.
    const approve = () => system.operator.post(`/operator/access-requests/${email}/approve`);
    const [one, two] = [await approve(), await approve()];
    await system.operator.post(`/operator/access-requests/${email}/deny`);
    const registration = { ...PERSON, email, password: PASSWORD };
    for (const { body } of [one, two]) {
      const { approvalToken } = body.data;
      expect(
        (await visitor.post('/dashboard/auth/register', { ...registration, approvalToken })).status,
      ).toBe(403);
    }
  });

  it('is told when more wait for a decision than an operator can look at', async () => {
    const { pool } = system.system;
    await pool.query(
      `INSERT INTO console.access_request (id, email, name, organization, buyer_mode, use_case)
       SELECT 'flood' || n, n || '@flood.example', 'F', 'F', 'F', 'F' FROM generate_series(1, 10000) n`,
    );
    for (const email of ['new@example.com', 'you@example.com']) {
      const asked = { ...PERSON, email, useCase: 'Tests.' };
      const answer = await system.visitor().post('/dashboard/auth/request-access', asked);
      expect(answer).toMatchObject({ status: 503, body: { error: { retryAfterSeconds: 86_400 } } });
    }
    await pool.query("DELETE FROM console.access_request WHERE id LIKE 'flood%'");
  });

  it('says what the command line lacks', async () => {
    expect(await access('approve')).toMatchObject({
      code: 2,
      output: 'pacspace: access approve takes one request, by its id or its e-mail address\n',
    });
    expect(await access('approve', 'nobody@example.com')).toMatchObject({
      code: 3,
      output: 'pacspace: there is no such request\n',
    });
    expect((await access('mails', '--to', 'you@example.com')).output).toContain(
      'verify-email  you@example.com',
    );
  });
});

describe('passwords', () => {
  it('are set anew with the token of a mail, once, which ends every session', async () => {
    const email = 'forgetful@example.com';
    const owner = await system.signUp(email);
    const other = system.visitor();
    await other.logIn(email);
    const asked = await other.post('/dashboard/auth/password/reset-request', { email });
    const unknown = await other.post('/dashboard/auth/password/reset-request', {
      email: 'nobody@example.com',
    });
    expect(unknown.body).toEqual(asked.body);
    const token = await system.operator.tokenOf('password-reset', email);
    const reset = { token, password: 'another-secure-password' };
    expect((await other.post('/dashboard/auth/password/reset', reset)).status).toBe(201);
    expect((await other.post('/dashboard/auth/password/reset', reset)).body.error.code).toBe('TOKEN_INVALID');
    for (const session of [owner, other]) expect((await session.get('/dashboard/auth/me')).status).toBe(401);
    expect((await owner.logIn(email)).body.error.code).toBe('INVALID_CREDENTIALS');
    expect((await owner.logIn(email, 'another-secure-password')).status).toBe(201);
    expect(await system.operator.mails('password-changed', email)).toHaveLength(1);
  });
});

describe('sessions', () => {
  it('are listed, ended one by one and all at once, and by logging out', async () => {
    const email = 'sessions@example.com';
    const owner = await system.signUp(email);
    const [second, third] = [system.visitor(), system.visitor()];
    for (const visitor of [second, third]) await visitor.logIn(email);
    const listed = await owner.get('/dashboard/auth/sessions');
    expect(listed.body.data.total).toBe(3);
    const items = listed.body.data.items as { id: string; address: string; current: boolean }[];
    expect(items.filter(({ current }) => current).map(({ address }) => address)).toEqual([owner.address]);
    const { id } = items.find(({ address }) => address === second.address)!;
    expect((await owner.delete(`/dashboard/auth/sessions/${id}`)).status).toBe(200);
    expect((await second.get('/dashboard/auth/me')).status).toBe(401);
    expect((await owner.delete('/dashboard/auth/sessions')).body.data).toEqual({ ended: 1 });
    expect((await third.get('/dashboard/auth/me')).status).toBe(401);
    const { cookie } = owner;
    const out = await owner.post('/dashboard/auth/logout');
    expect(out.headers.get('set-cookie')).toContain('Max-Age=0');
    // Not only the browser has forgotten it.
    owner.cookie = cookie;
    expect((await owner.get('/dashboard/auth/me')).status).toBe(401);
  });

  it('are held by a bearer token, too, which needs no CSRF header and is no cookie', async () => {
    const email = 'program@example.com';
    await system.signUp(email);
    const program = system.visitor();
    const login = await program.post('/dashboard/auth/login', {
      email,
      password: PASSWORD,
      session: 'bearer',
    });
    const { token } = login.body.data.session as { token: string };
    expect(login.headers.get('set-cookie')).toBeNull();
    const created = await program.ask('POST', '/dashboard/api-keys', {
      body: { name: 'by a program' },
      headers: { authorization: `Bearer ${token}` },
    });
    expect(created.status).toBe(201);
    program.cookie = `pacspace_session=${token}`;
    expect((await program.get('/dashboard/auth/me')).status).toBe(401);
  });
});

describe('keys', () => {
  it('are listed without secrets, switched, rotated with an overlap, and deleted', async () => {
    const owner = await system.signUp('keys@example.com');
    const created = await owner.post('/dashboard/api-keys', {
      name: 'one',
      scopes: ['read', 'read'],
      expiresAt: '2999-01-01T00:00:00+01:00',
    });
    const { id, secretKey, fullKey } = created.body.data as {
      id: string;
      secretKey: string;
      fullKey: string;
    };
    expect(created.body.data).toMatchObject({ scopes: ['read'], expiresAt: '2998-12-31T23:00:00.000Z' });
    const listed = await owner.get('/dashboard/api-keys');
    expect(listed.body.data).toMatchObject({ total: 1, page: 1, limit: 25 });
    expect(JSON.stringify(listed.body)).not.toContain(secretKey);
    const off = await owner.patch(`/dashboard/api-keys/${id}`, { active: false, name: 'two' });
    expect(off.body.data).toMatchObject({ active: false, name: 'two', scopes: ['read'] });
    await owner.patch(`/dashboard/api-keys/${id}`, { active: true });

    const rotated = await owner.post(`/dashboard/api-keys/${id}/rotate`, { overlapSeconds: 3_600 });
    expect(rotated.body.data).toMatchObject({ id, scopes: ['read'] });
    expect(rotated.body.data.fullKey).not.toBe(fullKey);
    // Eventual: no projector runs here, and an emit of another test may be in the same lane.
    const derive = (key: string) =>
      new Api(system.gateway.baseUrl, key).derive('customer_001', 'consistency=eventual');
    for (const key of [fullKey, rotated.body.data.fullKey]) {
      expect((await derive(key)).body.error.code).toBe('CUSTOMER_NOT_FOUND');
    }
    const both = await owner.get('/dashboard/api-keys');
    const former = (both.body.data.items as { id: string; replacedBy: string | null }[]).find(
      ({ replacedBy }) => replacedBy === id,
    )!;
    expect((await owner.post(`/dashboard/api-keys/${former.id}/rotate`)).body.error.code).toBe(
      'STATE_CONFLICT',
    );

    expect((await owner.delete(`/dashboard/api-keys/${id}`)).body.data).toEqual({ id, deleted: true });
    expect((await owner.get('/dashboard/api-keys')).body.data.total).toBe(0);
    expect((await owner.get(`/dashboard/api-keys/${id}`)).status).toBe(404);
  });

  it('are for environments that are provisioned, which needs a plan that allows something there', async () => {
    const owner = await system.signUp('production@example.com');
    const make = () => owner.post('/dashboard/api-keys', { name: 'live', environment: 'live' });
    expect((await make()).body.error.code).toBe('ENVIRONMENT_NOT_READY');
    const provision = () => owner.post('/dashboard/environments/provision', { environment: 'production' });
    expect(await provision()).toMatchObject({
      status: 402,
      body: { error: { code: 'PLAN_LIMIT_EXCEEDED' } },
    });
    const { tenantId } = (await owner.get('/dashboard/auth/me')).body.data as { tenantId: string };
    await system.operator.post(`/operator/tenants/${tenantId}/plan`, { plan: 'unlimited' });
    const [one, two] = [await provision(), await provision()];
    expect(two.body.data.id).toBe(one.body.data.id);
    const status = await owner.get('/dashboard/environments/environment-status');
    expect(status.body.data).toEqual({ sandbox: { state: 'active' }, production: { state: 'active' } });
    expect((await make()).body.data.fullKey).toMatch(/^pk_live_/);
  });
});

describe('the document', () => {
  it('has examples that work as they stand, one after the other, where access is open', async () => {
    const { env } = system.system;
    const app = await spawnApp('console', {
      ...env,
      ...webhookEnv,
      ACCESS: 'open',
      OPERATOR_TOKEN: system.operator.token,
    });
    const visitor = new Visitor(app.baseUrl, '10.9.9.9');
    // Registered in the tests before; here the examples meet an address that is new.
    const fresh = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll('you@example.com', 'open@example.com'));
    const done = new Set<string>();
    for (const route of consoleRoutes) {
      if (route.example === undefined) continue;
      const { body, query = {} } = route.example;
      const search = new URLSearchParams(query).toString();
      const path = `${route.path}${search === '' ? '' : `?${search}`}`;
      const answer = await visitor.ask(route.method.toUpperCase(), path, {
        ...(body !== undefined && { body: fresh(body) }),
        headers: { 'x-pacspace-csrf': '1' },
      });
      const { operationId } = route;
      expect({ operationId, ...answer }).toMatchObject({ operationId, status: statusOf(route) });
      done.add(operationId);
      if (operationId === 'register') {
        const token = await system.operator.tokenOf('verify-email', 'open@example.com');
        await visitor.get(`/dashboard/auth/verify?token=${token}`);
        done.add('verifyEmail');
      }
    }
    const rest = consoleRoutes.filter(
      ({ operationId, path }) => !done.has(operationId) && !path.includes('{'),
    );
    expect(rest.map(({ operationId }) => operationId)).toEqual(['resetPassword']);
    await app.stop();
  });
});

function statusOf(route: RouteDeclaration): number {
  return Number(Object.keys(route.answers)[0]);
}

describe('the plan', () => {
  it('is told, and what of it is used, as the ledger counts it; to nobody else', async () => {
    const owner = await system.signUp('billing@example.com');
    const stranger = await system.signUp('billing-stranger@example.com', 'Globex');
    expect((await owner.get('/dashboard/billing/plan')).body.data).toEqual({
      ...{ plan: 'free', period: 'month', sandbox: { allowed: 100 }, production: { allowed: 0 } },
      rate: { perSecond: 100, burst: 1_000 },
    });
    const created = await owner.post('/dashboard/api-keys', { name: 'billing' });
    const api = new Api(system.gateway.baseUrl, created.body.data.fullKey);
    for (let i = 0; i < 3; i += 1) {
      const emitted = await api.emit({ customerId: 'c', delta: 1, reason: 'usage' });
      expect([emitted.status, emitted.headers.get('ratelimit-policy')]).toEqual([
        201,
        '"deltas";q=1000;w=10',
      ]);
    }
    const projector = await spawnApp('projector', { ...system.system.env });
    const usage = (query = '') => owner.get(`/dashboard/billing/usage${query}`);
    await waitFor(async () => (await usage()).body.data.sandbox.consumed === 3);
    expect((await usage()).body.data).toEqual({
      period: new Date().toISOString().slice(0, 7),
      plan: 'free',
      sandbox: { consumed: 3, allowed: 100, remaining: 97 },
      production: { consumed: 0, allowed: 0, remaining: 0 },
      consumed: 3,
    });
    expect((await usage('?period=2020-01')).body.data).toMatchObject({ period: '2020-01', consumed: 0 });
    expect((await usage('?period=yesterday')).status).toBe(400);
    expect((await stranger.get('/dashboard/billing/usage')).body.data.consumed).toBe(0);
    expect((await system.visitor().get('/dashboard/billing/usage')).status).toBe(401);
    await projector.stop();
  });

  it('lets a key go as soon as it is switched off, and says when it was used last', async () => {
    const owner = await system.signUp('switch@example.com');
    const { body } = await owner.post('/dashboard/api-keys', { name: 'switch' });
    const api = new Api(system.gateway.baseUrl, body.data.fullKey);
    const emit = async () => (await api.emit({ customerId: 'c', delta: 1, reason: 'usage' })).status;
    expect(await emit()).toBe(201);
    const path = `/dashboard/api-keys/${body.data.id}`;
    await waitFor(async () => (await owner.get(path)).body.data.lastUsedAt);
    await owner.patch(path, { active: false });
    await waitFor(async () => (await emit()) === 401);
    await owner.patch(path, { active: true });
    await waitFor(async () => (await emit()) === 201);
    await owner.delete(path);
    await waitFor(async () => (await emit()) === 401);
  });
});
