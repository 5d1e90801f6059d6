import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '@pacspace/testing';
import { consoleRoutes } from '../../apps/console/src/routes.js';
import { Api } from '../system/api.js';
import { type ConsoleSystem, PASSWORD, startConsoleSystem, type Visitor } from '../system/console.js';
import { MailServer } from '../system/mail-server.js';

let mail: MailServer;
let system: ConsoleSystem;
let owner: Visitor;
const team: Record<string, Visitor> = {};

beforeAll(async () => {
  mail = await MailServer.start();
  system = await startConsoleSystem(
    { SMTP_URL: mail.url, MAIL_FROM: 'PacSpace <no-reply@pacspace.test>' },
    mail,
  );
  owner = await system.signUp('owner@acme.example', 'Acme, "the" <Inc>');
  for (const role of ['admin', 'manager', 'viewer']) team[role] = await join(`${role}@acme.example`, role);
}, 60_000);
afterAll(async () => {
  await system.close();
  await mail.close();
});

const code = (name: string, status: number) => ({ status, body: { error: { code: name } } });

/** Is invited, and registers with the token of the mail. */
async function join(email: string, role: string): Promise<Visitor> {
  const invited = await owner.post('/dashboard/members/invitations', { email, role });
  expect(invited).toMatchObject({ status: 201, body: { data: { email, role } } });
  const approvalToken = await mail.tokenOf('invitation', email);
  const visitor = system.visitor();
  const registration = { name: role, email, password: PASSWORD, organization: 'anything', approvalToken };
  expect((await visitor.post('/dashboard/auth/register', registration)).status).toBe(201);
  expect((await visitor.logIn(email)).body.data.account.role).toBe(role);
  return visitor;
}

async function idOf(visitor: Visitor): Promise<string> {
  return (await visitor.get('/dashboard/auth/me')).body.data.id as string;
}

describe('roles', () => {
  /** The least role that may; what is not here is for the member alone. */
  const NEEDS: Record<string, string> = {
    listAuditTrail: 'admin',
    exportAuditTrail: 'admin',
    listInvitations: 'admin',
    inviteMember: 'admin',
    withdrawInvitation: 'admin',
    changeMemberRole: 'admin',
    removeMember: 'admin',
    provisionEnvironment: 'admin',
    createWebhook: 'admin',
    changeWebhook: 'admin',
    deleteWebhook: 'admin',
    testWebhook: 'admin',
    rotateWebhookSecret: 'admin',
    replayDeliveries: 'admin',
    createApiKey: 'manager',
    changeApiKey: 'manager',
    rotateApiKey: 'manager',
    deleteApiKey: 'manager',
  };
  const RANK = ['viewer', 'manager', 'admin'];

  it('open each route from the role on that it needs, and to nobody below it', async () => {
    const routes = consoleRoutes.filter(({ operationId }) => operationId in NEEDS);
    expect(routes).toHaveLength(Object.keys(NEEDS).length);
    const writes = consoleRoutes.filter(
      ({ access, method, path }) =>
        access === 'session' && method !== 'get' && !path.startsWith('/dashboard/auth/'),
    );
    // A new route that changes something is to be listed here.
    expect(writes.filter(({ operationId }) => !(operationId in NEEDS))).toEqual([]);
    for (const { method, operationId, path } of routes) {
      for (const role of RANK) {
        const answer = await team[role]!.ask(method.toUpperCase(), path.replace('{id}', 'nothing'), {
          headers: { 'x-pacspace-csrf': '1' },
          ...(method !== 'get' && method !== 'delete' && { body: {} }),
        });
        const isRefused = RANK.indexOf(role) < RANK.indexOf(NEEDS[operationId]!);
        expect({ operationId, role, isRefused: answer.status === 403 }).toEqual({
          operationId,
          role,
          isRefused,
        });
      }
    }
  });

  it('are no ladder: nobody makes, changes or removes what is above the own role, by keys neither', async () => {
    const { admin, manager } = team as { admin: Visitor; manager: Visitor };
    const ownerId = await idOf(owner);
    const invite = (role: string) =>
      admin.post('/dashboard/members/invitations', { email: 'new@acme.example', role });
    expect(await invite('owner')).toMatchObject(code('FORBIDDEN', 403));
    const promote = admin.patch(`/dashboard/members/${await idOf(admin)}`, { role: 'owner' });
    expect(await promote).toMatchObject(code('FORBIDDEN', 403));
    expect(await admin.patch(`/dashboard/members/${ownerId}`, { role: 'viewer' })).toMatchObject(
      code('FORBIDDEN', 403),
    );
    expect(await admin.delete(`/dashboard/members/${ownerId}`)).toMatchObject(code('FORBIDDEN', 403));

    const asked = { name: 'all', scopes: ['ingest', 'admin'] };
    expect(await manager.post('/dashboard/api-keys', asked)).toMatchObject(code('FORBIDDEN', 403));
    const { id } = (await admin.post('/dashboard/api-keys', asked)).body.data as { id: string };
    for (const attempt of [
      manager.post(`/dashboard/api-keys/${id}/rotate`),
      manager.patch(`/dashboard/api-keys/${id}`, { active: false }),
      manager.delete(`/dashboard/api-keys/${id}`),
    ]) {
      expect(await attempt).toMatchObject(code('FORBIDDEN', 403));
    }
    const plain = (await manager.post('/dashboard/api-keys', { name: 'plain' })).body.data as { id: string };
    expect(await manager.patch(`/dashboard/api-keys/${plain.id}`, { scopes: ['admin'] })).toMatchObject(
      code('FORBIDDEN', 403),
    );
  });

  it('hold from the next request on; the last owner stays one; a removed member is out', async () => {
    const ownerId = await idOf(owner);
    expect(await owner.patch(`/dashboard/members/${ownerId}`, { role: 'admin' })).toMatchObject(
      code('STATE_CONFLICT', 409),
    );
    expect(await owner.delete(`/dashboard/members/${ownerId}`)).toMatchObject(code('STATE_CONFLICT', 409));
    const second = await join('second@acme.example', 'owner');
    const secondId = await idOf(second);
    // Each removes the other, at the same moment.
    const both = await Promise.all([
      owner.patch(`/dashboard/members/${secondId}`, { role: 'viewer' }),
      second.patch(`/dashboard/members/${ownerId}`, { role: 'viewer' }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).not.toEqual([200, 200]);
    if (both[1].status === 200) {
      await second.patch(`/dashboard/members/${ownerId}`, { role: 'owner' });
      await owner.patch(`/dashboard/members/${secondId}`, { role: 'viewer' });
    }
    expect((await second.get('/dashboard/audit')).status).toBe(403);
    const { items } = (await owner.get('/dashboard/members')).body.data as { items: { role: string }[] };
    expect(items.filter(({ role }) => role === 'owner')).toHaveLength(1);
    expect((await owner.delete(`/dashboard/members/${secondId}`)).status).toBe(200);
    expect((await second.get('/dashboard/auth/me')).status).toBe(401);
  });

  it('are offered by an invitation that can be withdrawn, once to each address', async () => {
    const email = 'withdrawn@acme.example';
    const invite = (role: string) => owner.post('/dashboard/members/invitations', { email, role });
    const [one, two] = [await invite('viewer'), await invite('manager')];
    expect(two.body.data).toMatchObject({ id: one.body.data.id, role: 'manager' });
    const approvalToken = await mail.tokenOf('invitation', email);
    expect((await owner.delete(`/dashboard/members/invitations/${one.body.data.id}`)).status).toBe(200);
    const registration = { name: 'W', email, password: PASSWORD, organization: 'W', approvalToken };
    expect(await system.visitor().post('/dashboard/auth/register', registration)).toMatchObject(
      code('REGISTRATION_REQUIRES_APPROVAL', 403),
    );
    const member = owner.post('/dashboard/members/invitations', {
      email: 'viewer@acme.example',
      role: 'admin',
    });
    expect(await member).toMatchObject(code('STATE_CONFLICT', 409));
  });
});

describe('mails', () => {
  it('go to one mailbox, with the headers that are ours and no others, whatever names people have', async () => {
    const { headers, recipients, text } = await mail.waitForMail('admin@acme.example', /invited/);
    expect(recipients).toEqual(['admin@acme.example']);
    expect(headers).toContain('To: admin@acme.example');
    expect(headers).toContain('From: PacSpace <no-reply@pacspace.test>');
    expect(headers).toContain('Subject: You are invited to Acme, "the" <Inc>');
    expect(headers.map((line) => line.split(':', 1)[0]).toSorted()).toEqual([
      ...['Content-Transfer-Encoding', 'Content-Type', 'Date', 'From', 'MIME-Version', 'Message-ID'],
      ...['Subject', 'To'],
    ]);
    expect(text).toContain('you are invited to join Acme, "the" <Inc> on PacSpace');
  });

  it('are neither stored nor logged where there is a mail server, and are sent again when it was busy', async () => {
    const sent = await system.operator.mails('invitation', 'admin@acme.example');
    expect(sent).toEqual([expect.objectContaining({ deliveryState: 'sent', text: null })]);
    const token = await mail.tokenOf('invitation', 'admin@acme.example');
    expect(system.console().logs()).not.toContain(token);

    const email = 'owner@acme.example';
    mail.busy = true;
    await owner.post('/dashboard/auth/password/reset-request', { email });
    const { pool } = system.system;
    await waitFor(async () => {
      const failed = await pool.query(
        "SELECT 1 FROM console.mail WHERE recipient = $1 AND failure LIKE '%451%'",
        [email],
      );
      return failed.rowCount === 1;
    });
    mail.busy = false;
    await pool.query('UPDATE console.mail SET due_at = now() WHERE done_at IS NULL');
    await mail.waitForMail(email, /new password/);
  });
});

describe('secrets', () => {
  it('are nowhere in the data base: not of tokens, sessions, keys or passwords', async () => {
    const email = 'secretive@example.com';
    const visitor = await system.signUp(email, 'Secretive');
    const key = (await visitor.post('/dashboard/api-keys', { name: 'k' })).body.data as { secretKey: string };
    await visitor.post('/dashboard/auth/password/reset-request', { email });
    const token = await mail.tokenOf('password-reset', email);
    const { pool } = system.system;
    const { rows: tables } = await pool.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'console'",
    );
    expect(tables.length).toBeGreaterThan(8);
    const dumps = tables.map(({ name }) =>
      pool.query<{ text: string }>(
        `SELECT t::text || encode(t::text::bytea, 'hex') AS text FROM console.${name} t`,
      ),
    );
    const stored = (await Promise.all(dumps)).flatMap(({ rows }) => rows.map(({ text }) => text)).join('\n');
    expect(stored).toContain(email);
    for (const secret of [token, visitor.cookie!.split('=')[1]!, key.secretKey, PASSWORD]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(stored).not.toContain(secret);
      expect(stored).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
    }
    expect(stored).toMatch(/\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('end: tokens after their time, and sessions after theirs', async () => {
    const email = 'late@example.com';
    const visitor = await system.signUp(email, 'Late');
    const { pool } = system.system;
    await visitor.post('/dashboard/auth/password/reset-request', { email });
    const token = await mail.tokenOf('password-reset', email);
    await owner.post('/dashboard/members/invitations', { email: 'later@example.com', role: 'viewer' });
    const approvalToken = await mail.tokenOf('invitation', 'later@example.com');
    await pool.query('UPDATE console.one_time_token SET expires_at = now()');
    expect(
      await visitor.post('/dashboard/auth/password/reset', { token, password: 'another-password' }),
    ).toMatchObject(code('TOKEN_INVALID', 400));
    const registration = { name: 'L', email: 'later@example.com', password: PASSWORD, organization: 'L' };
    expect(await visitor.post('/dashboard/auth/register', { ...registration, approvalToken })).toMatchObject(
      code('REGISTRATION_REQUIRES_APPROVAL', 403),
    );

    const mine = `account_id = (SELECT id FROM console.account WHERE email = '${email}')`;
    await pool.query(`UPDATE console.session SET last_seen_at = now() - interval '73 hours' WHERE ${mine}`);
    expect((await visitor.get('/dashboard/auth/me')).status).toBe(401);
    await visitor.logIn(email);
    expect((await visitor.get('/dashboard/auth/me')).status).toBe(200);
    await pool.query(`UPDATE console.session SET expires_at = now() WHERE ${mine}`);
    expect((await visitor.get('/dashboard/auth/me')).status).toBe(401);
  });
});

describe('the audit trail', () => {
  it('has every act, who did it and from where, and is exported whole', async () => {
    const visitor = await join('auditor@acme.example', 'admin');
    const key = (await visitor.post('/dashboard/api-keys', { name: '=1+1,"x"' })).body.data as {
      id: string;
      secretKey: string;
    };
    await visitor.patch(`/dashboard/api-keys/${key.id}`, { active: false });
    await visitor.post(`/dashboard/api-keys/${key.id}/rotate`);
    await visitor.delete(`/dashboard/api-keys/${key.id}`);
    await visitor.logIn('auditor@acme.example', 'a wrong password');
    const actorId = await idOf(visitor);
    const mine = await visitor.get(`/dashboard/audit?actorId=${actorId}&limit=500`);
    const acts = (
      mine.body.data.items as { action: string; address: string; traceId: string }[]
    ).toReversed();
    expect(acts.map(({ action }) => action)).toEqual([
      'account.register',
      'session.begin',
      'api-key.create',
      'api-key.change',
      'api-key.rotate',
      'api-key.delete',
    ]);
    expect(new Set(acts.map(({ address }) => address))).toEqual(new Set([visitor.address]));
    expect(acts.every(({ traceId }) => /^[0-9a-f]{32}$/.test(traceId))).toBe(true);

    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await visitor.get(`/dashboard/audit?limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...(page.body.data.items as { id: string }[]).map(({ id }) => id));
      cursor = page.body.data.nextCursor as string | null;
    }
    const ndjson = String((await visitor.get('/dashboard/audit/export?format=ndjson')).body);
    const lines = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; action: string });
    expect(lines.map(({ id }) => id)).toEqual(seen.toReversed());
    expect(lines.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['session.refuse', 'member.invite', 'member.change-role', 'member.remove']),
    );
    const csv = String((await visitor.get(`/dashboard/audit/export?target=${key.id}`)).body);
    expect(csv).toMatch(
      /^id,at,tenantId,actorKind,actorId,actorName,action,target,detail,address,traceId\r\n/,
    );
    expect(csv.trimEnd().split('\r\n')).toHaveLength(5);
    for (const secret of [key.secretKey, PASSWORD, visitor.cookie!.split('=')[1]!]) {
      expect(ndjson + csv + system.console().logs() + system.gateway.logs()).not.toContain(secret);
    }
  });

  it('cannot be changed, not even in the data base', async () => {
    for (const statement of [
      'DELETE FROM console.audit_event',
      "UPDATE console.audit_event SET action = 'nothing'",
      'TRUNCATE console.audit_event',
    ]) {
      await expect(system.system.pool.query(statement)).rejects.toThrow('audit_event is append-only');
    }
  });

  it('tells an operator of what belongs to no tenant', async () => {
    const { body } = await system.operator.get('/operator/audit?action=access.approve');
    expect(body.data.items).toContainEqual(
      expect.objectContaining({ actorKind: 'operator', tenantId: null, action: 'access.approve' }),
    );
  });

  it('outlives the data that it tells of', async () => {
    const created = await owner.post('/dashboard/api-keys', { name: 'short-lived' });
    const { id, fullKey } = created.body.data as { id: string; fullKey: string };
    expect((await new Api(system.gateway.baseUrl, fullKey).derive('nobody')).status).toBe(404);
    await owner.delete(`/dashboard/api-keys/${id}`);
    const { body } = await owner.get(`/dashboard/audit?target=${id}`);
    expect(body.data.items).toHaveLength(2);
  });
});
