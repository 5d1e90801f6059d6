import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RouteDeclaration } from '@pacspace/openapi';
import { Agent, type IncomingMessage, request } from 'node:http';
import { consoleRoutes } from '../../apps/console/src/routes.js';
import { webhookEnv } from '../support/webhook-env.js';
import { Api } from '../system/api.js';
import { type ConsoleSystem, PASSWORD, startConsoleSystem, type Visitor } from '../system/console.js';

let system: ConsoleSystem;
let acme: Visitor;
let globex: Visitor;

beforeAll(async () => {
  system = await startConsoleSystem(webhookEnv);
  acme = await system.signUp('owner@acme.example', 'Acme');
  globex = await system.signUp('owner@globex.example', 'Globex');
}, 60_000);
afterAll(() => system.close());

const code = (name: string, status: number) => ({ status, body: { error: { code: name } } });

async function keyCount(visitor: Visitor): Promise<number> {
  return ((await visitor.get('/dashboard/api-keys')).body.data as { total: number }).total;
}

describe('another site', () => {
  const body = { name: 'planted' };

  it('cannot use the cookie: not without the CSRF header, not from its origin, not with a form', async () => {
    const before = await keyCount(acme);
    const post = (headers: Record<string, string>, sent: unknown = body) =>
      acme.ask('POST', '/dashboard/api-keys', { body: sent, headers });
    expect(await post({})).toMatchObject(code('CSRF_REQUIRED', 403));
    for (const value of ['', '0', 'true', '1, 1'])
      expect(await post({ 'x-pacspace-csrf': value })).toMatchObject(code('CSRF_REQUIRED', 403));
    for (const origin of [
      'https://evil.example',
      'null',
      `${system.gateway.baseUrl}.evil.example`,
      'http://127.0.0.1:1',
    ]) {
      expect(await post({ 'x-pacspace-csrf': '1', origin })).toMatchObject(code('FORBIDDEN', 403));
    }
    expect(await post({ 'x-pacspace-csrf': '1', 'sec-fetch-site': 'cross-site' })).toMatchObject(
      code('FORBIDDEN', 403),
    );
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await post({ 'x-pacspace-csrf': '1', 'content-type': type }, JSON.stringify(body));
      expect(answer).toMatchObject(code('UNSUPPORTED_MEDIA_TYPE', 415));
    }
    for (const [method, path] of [
      ['DELETE', '/dashboard/auth/sessions'],
      ['POST', '/dashboard/auth/logout'],
    ] as const) {
      expect(await acme.ask(method, path)).toMatchObject(code('CSRF_REQUIRED', 403));
    }
    expect(await keyCount(acme)).toBe(before);
    expect((await post({ 'x-pacspace-csrf': '1', origin: system.gateway.baseUrl })).status).toBe(201);
  });

  it('cannot log a browser in', async () => {
    const visitor = system.visitor();
    const credentials = { email: 'owner@acme.example', password: PASSWORD };
    const login = (origin: string) => visitor.post('/dashboard/auth/login', credentials, { origin });
    expect(await login('https://evil.example')).toMatchObject(code('FORBIDDEN', 403));
    expect(visitor.cookie).toBeUndefined();
    expect((await login(system.gateway.baseUrl)).status).toBe(201);
  });

  it('cannot fix a session: a login always has a new one, and ends the one that was planted', async () => {
    const victim = system.visitor();
    victim.cookie = 'pacspace_session=chosen-by-somebody-else-who-waits';
    await victim.logIn('owner@acme.example');
    expect(victim.cookie).not.toContain('chosen');
    const attacker = system.visitor();
    await attacker.logIn('owner@globex.example');
    const planted = attacker.cookie;
    victim.cookie = planted;
    await victim.logIn('owner@acme.example');
    expect(victim.cookie).not.toBe(planted);
    expect((await attacker.get('/dashboard/auth/me')).status).toBe(401);
    expect((await victim.get('/dashboard/auth/me')).body.data.email).toBe('owner@acme.example');
  });
});

describe('texts that would be headers', () => {
  const person = { name: 'Mallory', organization: 'M', buyerMode: 'X', useCase: 'Tests.' };
  const lines = [
    'a\r\nBcc: all@example.com',
    'a\nb',
    'a\rb',
    'a\u0000b',
    'a\u2028b',
    'a\u0085b',
    '\t',
    '\ud800',
  ];

  it('are refused in names and organisations, of people and of keys', async () => {
    const visitor = system.visitor();
    for (const text of lines) {
      for (const field of ['name', 'organization']) {
        const answer = await visitor.post('/dashboard/auth/request-access', {
          ...{ ...person, email: 'mallory@example.com' },
          [field]: text,
        });
        expect({ text, ...answer }).toMatchObject({
          status: 400,
          body: { error: { fields: expect.arrayContaining([expect.objectContaining({ path: field })]) } },
        });
        visitor.address = nextAddress();
      }
      expect(await acme.post('/dashboard/api-keys', { name: text })).toMatchObject({ status: 400 });
    }
    const requests = await system.operator.get('/operator/access-requests?limit=1000');
    expect(JSON.stringify(requests.body)).not.toContain('mallory');
  });

  it('are refused in e-mail addresses, and so is what names more than one mailbox', async () => {
    for (const email of [
      'mallory@example.com\r\nBcc: all@example.com',
      'mallory@example.com\nRCPT TO:<all@example.com>',
      'mallory@example.com, all@example.com',
      'Mallory <mallory@example.com>',
      '"mallory\r\n"@example.com',
      'mallory@example.com>',
      'mallory @example.com',
      'mallory@exam\u0000ple.com',
      `${'m'.repeat(250)}@example.com`,
    ]) {
      const visitor = system.visitor();
      for (const [path, body] of [
        ['request-access', { ...person, email }],
        ['password/reset-request', { email }],
        ['login', { email, password: PASSWORD }],
      ] as const) {
        const answer = await visitor.post(`/dashboard/auth/${path}`, body);
        expect({ email, path, ...answer }).toMatchObject({
          status: 400,
          body: { error: { fields: [{ path: 'email' }] } },
        });
      }
    }
  });
});

describe('bodies and addresses that are none', () => {
  it('are refused with a reason, and are no fault of the service', async () => {
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '"text"',
      '7',
      '{"__proto__": {"name": 1}}',
      '['.repeat(30_000),
      '{"name": {}}',
    ];
    for (const path of [
      'api-keys',
      'auth/login',
      'auth/register',
      'members/invitations',
      'environments/provision',
    ]) {
      for (const body of bodies) {
        const answer = await acme.ask('POST', `/dashboard/${path}`, {
          body,
          headers: { 'x-pacspace-csrf': '1', 'x-forwarded-for': nextAddress() },
        });
        expect({ path, sent: body, ...answer }).toMatchObject({ status: 400, body: { success: false } });
      }
    }
    for (const path of [
      'audit?action=%00',
      'audit?limit=0',
      'audit?limit=1&limit=2',
      'audit?cursor=-1',
      'audit?cursor=9999999999999999999',
      'api-keys?page=0',
      'api-keys?limit=1e2',
      'auth/verify',
      'auth/verify?token=%00',
    ]) {
      expect({ path, ...(await acme.get(`/dashboard/${path}`)) }).toMatchObject({ path, status: 400 });
    }
    const large = await acme.post('/dashboard/api-keys', { name: 'x'.repeat(70_000) });
    expect(large).toMatchObject(code('PAYLOAD_TOO_LARGE', 413));
    for (const id of ['%00', 'x'.repeat(1_000), '%F0%9F%94%91', "'%20OR%201=1--"]) {
      expect({ id, ...(await acme.get(`/dashboard/api-keys/${id}`)) }).toMatchObject({ id, status: 404 });
    }
  });
});

let addresses = 0;
const nextAddress = () => `10.200.0.${++addresses}`;

describe('one token at the same moment', () => {
  it('makes one account of two registrations', async () => {
    const email = 'twice@example.com';
    const person = { name: 'Twice', email, organization: 'Twice', buyerMode: 'X' };
    const visitors = Array.from({ length: 6 }, () => system.visitor());
    await visitors[0]!.post('/dashboard/auth/request-access', { ...person, useCase: 'Tests.' });
    const approved = await system.operator.post(`/operator/access-requests/${email}/approve`);
    const { approvalToken } = approved.body.data as { approvalToken: string };
    const registration = { ...person, password: PASSWORD, approvalToken };
    // Bound to its address, too.
    expect(
      await visitors[0]!.post('/dashboard/auth/register', { ...registration, email: 'other@example.com' }),
    ).toMatchObject(code('REGISTRATION_REQUIRES_APPROVAL', 403));
    const answers = await Promise.all(
      visitors.map((visitor) => visitor.post('/dashboard/auth/register', registration)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 403, 403, 403, 403, 403]);
    const { rows } = await system.system.pool.query(
      `SELECT (SELECT count(*)::int FROM console.account WHERE email = $1) AS accounts,
              (SELECT count(*)::int FROM console.tenant WHERE name = 'Twice') AS tenants`,
      [email],
    );
    expect(rows).toEqual([{ accounts: 1, tenants: 1 }]);
  });

  it('sets one password of two', async () => {
    const email = 'two-resets@example.com';
    const owner = await system.signUp(email);
    await owner.post('/dashboard/auth/password/reset-request', { email });
    const token = await system.operator.tokenOf('password-reset', email);
    const passwords = Array.from({ length: 4 }, (_, i) => `another-password-${i}`);
    const answers = await Promise.all(
      passwords.map((password) =>
        system.visitor().post('/dashboard/auth/password/reset', { token, password }),
      ),
    );
    const winner = answers.findIndex(({ status }) => status === 201);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400, 400]);
    expect((await system.visitor().logIn(email, passwords[winner])).status).toBe(201);
  });

  it('counts as one attempt each: of many guesses together, no more are looked at than may be', async () => {
    const email = 'owner@globex.example';
    const before = await checked();
    const startedAt = performance.now();
    const guesses = Array.from({ length: 40 }, () => system.visitor().logIn(email, 'a wrong password'));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    const looked = statuses.filter((status) => status === 401).length;
    expect(looked).toBeGreaterThanOrEqual(5);
    expect(looked).toBeLessThanOrEqual(mostSince(startedAt));
    expect(statuses.filter((status) => status === 429)).toHaveLength(40 - looked);
    expect((await checked()) - before).toBe(looked);
    // The owner is not locked out by it, at an address where a session was begun before.
    expect((await globex.logIn(email)).status).toBe(201);
  });
});

/** Guesses at one account that may be looked at in the time that has gone by: 5, and one after 1, 2, 4 … seconds each. */
function mostSince(startedAt: number): number {
  return 5 + Math.floor(Math.log2((performance.now() - startedAt) / 1_000 + 1));
}

/** Passwords that were hashed, right, wrong and new ones. */
async function checked(): Promise<number> {
  const answer = await fetch(`${system.console().operationsUrl}/metrics`);
  const found = [...(await answer.text()).matchAll(/^pacspace_console_password_hashes_total\{.*\} (\d+)$/gm)];
  return found.reduce((sum, [, count]) => sum + Number(count), 0);
}

describe('10,000 wrong passwords', () => {
  it('are few that are looked at, across a restart, from one address and from many', async () => {
    const email = 'guessed@example.com';
    await system.signUp(email);
    const before = await checked();
    const startedAt = performance.now();
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    const { hostname, port } = new URL(system.console().baseUrl);
    const body = JSON.stringify({ email, password: 'a wrong password' });
    const guess = (address: string) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
        request(
          { agent, hostname, port, headers, method: 'POST', path: '/dashboard/auth/login' },
          (answer) => {
            answer.resume().on('end', () => resolve(answer));
          },
        )
          .on('error', reject)
          .end(body);
      });
    const statuses = new Map<number, number>();
    const run = async (count: number, addressOf: (i: number) => string) => {
      let next = 0;
      const worker = async () => {
        while (next < count) {
          const { statusCode: status = 0 } = await guess(addressOf(next++));
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: 32 }, worker));
    };
    await run(9_000, () => '198.51.100.7');
    const looked = (await checked()) - before;
    await system.restartConsole();
    await run(1_000, (i) => `198.51.${Math.floor(i / 250)}.${i % 250}`);
    expect(looked + (await checked())).toBe(statuses.get(401));
    expect([...statuses.keys()].toSorted()).toEqual([401, 429]);
    expect(statuses.get(401)).toBeGreaterThanOrEqual(5);
    expect(statuses.get(401)).toBeLessThanOrEqual(mostSince(startedAt));
    const refused = await guess('203.0.113.1');
    expect(refused.statusCode).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    agent.destroy();
  });

  it('are counted by the address that the outer proxy saw, whatever the client says before it', async () => {
    const visitor = system.visitor();
    const real = visitor.address;
    let [status, attempts] = [401, 0];
    while (status === 401 && attempts < 100) {
      visitor.address = `6.6.6.${attempts}, ${real}`;
      ({ status } = await visitor.logIn(`nobody${attempts++}@example.com`, 'a wrong password'));
    }
    expect(status).toBe(429);
    // Each from an address of its own, would the client be believed.
    expect(attempts).toBeGreaterThan(30);
    expect(attempts).toBeLessThan(60);
    const events = await system.operator.get('/operator/audit?action=session.refuse&limit=1');
    expect(events.body.data.items[0].address).toBe(real);
  });
});

describe('whether an address is known', () => {
  it('shows neither in the answer nor in the work', async () => {
    const [known, unknown] = ['owner@acme.example', 'nobody-at-all@example.com'];
    const answers = async (email: string) => {
      const visitor = system.visitor();
      const before = await checked();
      const person = { name: 'X', email, organization: 'X', buyerMode: 'X' };
      const found = [
        await visitor.post('/dashboard/auth/request-access', { ...person, useCase: 'X' }),
        await visitor.post('/dashboard/auth/password/reset-request', { email }),
        await visitor.post('/dashboard/auth/register', { ...person, password: PASSWORD }),
        await visitor.post('/dashboard/auth/register', { ...person, password: PASSWORD, approvalToken: 'x' }),
        await visitor.logIn(email, 'a wrong password'),
      ];
      return {
        hashes: (await checked()) - before,
        answers: found.map(({ status, headers, body }) => ({
          status,
          headers: [...headers.keys()].filter((name) => name !== 'date'),
          body: { ...body, traceId: '' },
        })),
      };
    };
    expect(await answers(known)).toEqual(await answers(unknown));
  });
});

describe('another tenant', () => {
  it('finds nothing by an id that is not its own, on any route, and changes nothing', async () => {
    const created = await acme.post('/dashboard/api-keys', { name: 'of acme' });
    const key = created.body.data as { id: string; fullKey: string };
    const invited = await acme.post('/dashboard/members/invitations', {
      ...{ email: 'colleague@acme.example', role: 'viewer' },
    });
    const hook = await acme.post('/dashboard/webhooks', { url: 'http://127.0.0.1:9999/hook' });
    const me = (await acme.get('/dashboard/auth/me')).body.data as { id: string; sessionId: string };
    const ids: Record<string, string> = {
      '/dashboard/api-keys/': key.id,
      '/dashboard/webhooks/': hook.body.data.id as string,
      '/dashboard/members/invitations/': invited.body.data.id as string,
      '/dashboard/members/': me.id,
      '/dashboard/auth/sessions/': me.sessionId,
    };
    const bodies: Record<string, unknown> = {
      changeApiKey: { active: false },
      changeMemberRole: { role: 'viewer' },
      changeWebhook: { enabled: false },
      replayDeliveries: { since: '2026-01-01T00:00:00Z' },
    };
    const aimed = consoleRoutes.filter(({ path }) => path.includes('{'));
    expect(aimed.length).toBeGreaterThanOrEqual(8);
    for (const { method, operationId, path } of aimed) {
      const [prefix = ''] = path.split('{');
      // Of nothing that is not there at all: the ids above are of all kinds.
      expect(ids).toHaveProperty([prefix]);
      const answer = await globex.ask(method.toUpperCase(), path.replace('{id}', ids[prefix] ?? ''), {
        headers: { 'x-pacspace-csrf': '1' },
        ...(bodies[operationId] !== undefined && { body: bodies[operationId] }),
      });
      expect({ operationId, ...answer }).toMatchObject({ operationId, ...code('NOT_FOUND', 404) });
    }
    expect((await new Api(system.gateway.baseUrl, key.fullKey).derive('nobody')).status).toBe(404);
    expect((await acme.get(`/dashboard/api-keys/${key.id}`)).body.data.active).toBe(true);
    expect((await acme.get('/dashboard/auth/me')).body.data.role).toBe('owner');
    expect((await acme.get('/dashboard/members/invitations')).body.data.total).toBe(1);
  });

  it('sees in lists, in the audit trail and in its export what is its own', async () => {
    const me = (await acme.get('/dashboard/auth/me')).body.data as { id: string; tenantId: string };
    for (const query of [`?actorId=${me.id}`, `?tenantId=${me.tenantId}&limit=500`, '?limit=500']) {
      const { body } = await globex.get(`/dashboard/audit${query}`);
      expect(JSON.stringify(body)).not.toContain(me.tenantId);
    }
    const exported = await globex.get(`/dashboard/audit/export?format=ndjson&tenantId=${me.tenantId}`);
    expect(exported.body).not.toContain(me.tenantId);
    expect(exported.body).toContain('owner@globex.example');
    const lists = ['api-keys', 'environments', 'members', 'auth/sessions', 'webhooks'].map((path) =>
      globex.get(`/dashboard/${path}`),
    );
    for (const { body } of await Promise.all(lists)) {
      expect(JSON.stringify(body)).not.toMatch(/acme/i);
    }
  });
});

describe('who has no session', () => {
  const sessionRoutes = consoleRoutes.filter(({ access }) => access === 'session');
  const at = ({ path }: RouteDeclaration) => path.replace('{id}', 'some_id');

  it('gets 401 from every route but those that begin one', async () => {
    expect(sessionRoutes.length).toBeGreaterThan(15);
    const stranger = system.visitor();
    for (const cookie of [
      undefined,
      'pacspace_session=',
      `pacspace_session=${'x'.repeat(43)}`,
      'pacspace_session=;;',
    ]) {
      stranger.cookie = cookie;
      for (const route of sessionRoutes) {
        const answer = await stranger.ask(route.method.toUpperCase(), at(route), {
          headers: { 'x-pacspace-csrf': '1' },
        });
        expect({ route: at(route), ...answer }).toMatchObject(code('INVALID_API_KEY', 401));
      }
    }
  });

  it('does not reach the operator API: not without its token, and not through the gateway', async () => {
    const { operator } = system;
    for (const authorization of [
      '',
      'Bearer x',
      `Bearer ${operator.token}x`,
      `Basic ${operator.token}`,
      operator.token,
    ]) {
      const answer = await fetch(`${operator.baseUrl}/operator/access-requests`, {
        headers: { authorization },
      });
      expect(answer.status).toBe(401);
    }
    const authorization = `Bearer ${operator.token}`;
    for (const [path, status] of [
      ['/operator/access-requests', 404],
      ['/dashboard/../operator/access-requests', 404],
      ['/dashboard/%2e%2e/operator/access-requests', 404],
      ['/dashboard/.%2E/metrics', 404],
      ['/dashboard/\\..\\..\\metrics', 404],
      ['//evil.example/dashboard/', 404],
      ['/dashboard/x/..%2f..%2foperator/access-requests', 400],
    ] as const) {
      expect({ path, status: await rawStatus(path, { authorization }) }).toEqual({ path, status });
    }
  });
});

/** As it is: fetch would tidy the path up first. */
function rawStatus(path: string, headers: Record<string, string>): Promise<number | undefined> {
  const { hostname, port } = new URL(system.gateway.baseUrl);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

describe('a console that is away', () => {
  it('is said so by the gateway, which records on, and is back when it is', async () => {
    const created = await acme.post('/dashboard/api-keys', { name: 'on and on' });
    const api = new Api(system.gateway.baseUrl, created.body.data.fullKey as string);
    await system.console().stop();
    const away = await acme.get('/dashboard/auth/me');
    expect(away).toMatchObject(code('UNAVAILABLE', 503));
    expect(away.headers.get('retry-after')).toBe('2');
    expect((await api.emit({ customerId: 'c', delta: 1, reason: 'on' })).status).toBe(201);
    await system.restartConsole();
    expect((await acme.get('/dashboard/auth/me')).status).toBe(200);
  });
});

describe('a data base that is away', () => {
  it('is answered as such, changes nothing by half, and is back when it is', async () => {
    await system.database.refuse();
    system.database.cut();
    const created = acme.post('/dashboard/api-keys', { name: 'meanwhile' });
    expect(await created).toMatchObject(code('UNAVAILABLE', 503));
    expect(await system.visitor().logIn('owner@acme.example')).toMatchObject(code('UNAVAILABLE', 503));
    await system.database.accept();
    expect((await acme.get('/dashboard/auth/me')).status).toBe(200);
    const { body } = await acme.get('/dashboard/api-keys?limit=100');
    expect(JSON.stringify(body)).not.toContain('meanwhile');
  });
});
