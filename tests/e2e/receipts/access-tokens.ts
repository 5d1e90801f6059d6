import { describe, expect, it } from '@jest/globals';
import { checkAnswer, type TestAnswer, waitFor } from '@pacspace/testing';
import {
  API,
  askPublic,
  data,
  emit,
  gateway,
  type Json,
  lastMonth,
  seal,
  thisMonth,
  verify,
  write,
} from './sealing.js';

describe('access tokens', () => {
  const customerId = 'shown';
  const secretReason = 'a reason for those who may see it';
  let proofRoot: string;
  let receiptId: string;
  let token: string;

  const issue = (body: object, key = gateway.keys.test): Promise<TestAnswer> =>
    gateway.post(`${API}/access-tokens`, body, { 'x-api-key': key });
  const revoke = async (tokenId: string, key = gateway.keys.test): Promise<TestAnswer> => {
    const url = `${gateway.app.baseUrl}${API}/access-tokens/${tokenId}`;
    const answer = await fetch(url, { method: 'DELETE', headers: { 'x-api-key': key } });
    const body: unknown = await answer.json();
    checkAnswer({ method: 'DELETE', url, answer, body });
    return { status: answer.status, headers: answer.headers, body };
  };
  const recordsOf = async (root: string, shown?: string): Promise<Json> =>
    (await askPublic(root, shown)).body.data.records;

  it('show the records under a root, page by page, and files that prove them', async () => {
    for (let i = 0; i < 5; i += 1) {
      const parts = { reason: secretReason, metadata: { n: i } };
      ({ receiptId } = await emit(customerId, i + 0.5, parts));
    }
    ({ proofRoot } = await seal({ customerId }));
    await emit(customerId, 1_000, { reason: 'after the seal' });
    const { status, body, headers } = await issue({ proofRoot, name: 'auditor' });
    expect({ status, data: body.data }).toMatchObject({
      status: 201,
      data: {
        tokenId: expect.stringMatching(/^vat_[0-9a-f]{16}$/),
        accessToken: expect.stringMatching(/^vat_[0-9a-f]{16}\.[A-Za-z0-9_-]{43}$/),
        ...{ name: 'auditor', customerId, proofRoot, active: true },
      },
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const lifetimeMs = Date.parse(body.data.expiresAt) - Date.parse(body.data.createdAt);
    expect(Math.abs(lifetimeMs - 30 * 86_400_000)).toBeLessThan(60_000);
    token = body.data.accessToken;

    const answer = await askPublic(`${proofRoot}?limit=3`, token);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const first = answer.body.data.records;
    expect(first).toMatchObject({ proven: true, nextCursor: 2 });
    expect(first.items).toMatchObject([
      { index: 0, deltaExact: '0.5', reason: secretReason, metadata: { n: 0 } },
      { index: 1 },
      { index: 2, balanceAfterExact: '4.5' },
    ]);
    const rest = await recordsOf(`${proofRoot}?limit=3&cursor=2`, token);
    expect(rest.items.map((one: Json) => one.index)).toEqual([3, 4]);
    expect(rest.nextCursor).toBeUndefined();

    await waitFor(async () => (await askPublic(proofRoot)).body.data.verified, { timeoutMs: 15_000 });
    const { data: file } = (await askPublic(`${proofRoot}/statement`, token)).body;
    expect(file).toMatchObject({ customerId, proofRoot, deltasCount: 5 });
    expect(await verify(await write('shown.json', file.statement))).toMatchObject({ code: 0 });
    const receipt = (await askPublic(`${proofRoot}/receipts/${receiptId}`, token)).body.data;
    expect(receipt).toMatchObject({ receiptId, receiptState: 'published' });
    expect(await verify(await write('shown-receipt.json', receipt.receipt))).toMatchObject({ code: 0 });
  });

  it('show nothing when they are unknown, wrong, or for another root: all answered as none', async () => {
    const other = await emit('not-shown', 1, { reason: secretReason });
    const { proofRoot: otherRoot } = await seal({ customerId: 'not-shown' });
    await waitFor(async () => (await askPublic(otherRoot)).body.data.verified, { timeoutMs: 15_000 });
    const [tokenId, secret] = token.split('.');
    const wrong = `${tokenId}.${secret!.startsWith('A') ? 'B' : 'A'}${secret!.slice(1)}`;
    const unknown = `vat_${'0'.repeat(16)}.${secret}`;
    const none = (await askPublic(proofRoot)).body;
    expect(none.data.records).toBeUndefined();
    expect(JSON.stringify(none)).not.toContain(secretReason);
    for (const shown of [wrong, unknown, `${token}x`, tokenId!, gateway.keys.test]) {
      expect((await askPublic(proofRoot, shown)).body).toEqual(none);
      expect((await askPublic(`${proofRoot}/statement`, shown)).status).toBe(404);
      expect((await askPublic(`${proofRoot}/receipts/${receiptId}`, shown)).status).toBe(404);
    }
    expect(await recordsOf(otherRoot, token)).toBeUndefined();
    expect((await askPublic(`${otherRoot}/statement`, token)).status).toBe(404);
    // A token is for what its root covers: neither another customer's receipt, nor one of what came later.
    expect((await askPublic(`${proofRoot}/receipts/${other.receiptId}`, token)).status).toBe(404);
    const [latest] = (await data(`${API}/customers/${customerId}/receipts?limit=1`)).receipts;
    expect((await askPublic(`${proofRoot}/receipts/${latest.receiptId}`, token)).status).toBe(404);
    // In a query string it is not looked for: those end up in logs.
    expect((await askPublic(`${proofRoot}?token=${token}&access_token=${token}`)).body).toEqual(none);
  });

  it('of a customer’s month show it under each of its seals, those of later included', async () => {
    const { accessToken } = (await issue({ customerId, period: thisMonth })).body.data;
    expect((await recordsOf(proofRoot, accessToken)).items).toHaveLength(5);
    const later = await seal({ customerId });
    expect(later.proofRoot).not.toBe(proofRoot);
    expect((await recordsOf(later.proofRoot, accessToken)).items).toHaveLength(6);
    expect(await recordsOf(later.proofRoot, token)).toBeUndefined();
    const lastPeriod = (await issue({ customerId, period: lastMonth })).body.data.accessToken;
    expect(await recordsOf(proofRoot, lastPeriod)).toBeUndefined();
  });

  it('of a window’s root show what happened in it, as it was known then', async () => {
    const at = (day: string) => ({ occurredAt: `${lastMonth}-${day}T00:00:00Z` });
    const before = await emit('windowed', 1, at('04'));
    const within = await emit('windowed', 2, at('05'));
    const made = await seal({
      customerId: 'windowed',
      startDate: `${lastMonth}-05`,
      endDate: `${lastMonth}-06`,
    });
    const afterwards = await emit('windowed', 4, at('05'));
    const { accessToken } = (await issue({ proofRoot: made.proofRoot })).body.data;
    const shown = await recordsOf(made.proofRoot, accessToken);
    expect(shown).toMatchObject({ proven: true, items: [{ recordId: within.recordId, deltaExact: '2' }] });
    const statusOf = async (one: Json): Promise<number> =>
      (await askPublic(`${made.proofRoot}/receipts/${one.receiptId}`, accessToken)).status;
    expect([await statusOf(before), await statusOf(within), await statusOf(afterwards)]).toEqual([
      404, 200, 404,
    ]);
  });

  it('of a month show it under its root, also when a window of the same deltas was sealed after it', async () => {
    await emit('same-root', 1, { occurredAt: `${lastMonth}-10T00:00:00Z` });
    const ofMonth = await seal({ customerId: 'same-root', period: lastMonth });
    const window = { startDate: `${lastMonth}-01`, endDate: `${thisMonth}-01` };
    const ofWindow = await seal({ customerId: 'same-root', ...window });
    expect([ofWindow.proofRoot, ofWindow.checkpointId === ofMonth.checkpointId]).toEqual([
      ofMonth.proofRoot,
      false,
    ]);
    const { accessToken } = (await issue({ customerId: 'same-root', period: lastMonth })).body.data;
    expect((await recordsOf(ofMonth.proofRoot, accessToken)).items).toHaveLength(1);
    const statement = await askPublic(`${ofMonth.proofRoot}/statement`, accessToken);
    expect(statement.body.data).toMatchObject({ period: lastMonth, checkpointId: ofMonth.checkpointId });
  });

  it('show more than fits in a statement page by page, each delta proven by its receipt', async () => {
    const deltas = Array.from({ length: 10_000 }, () => ({ customerId: 'many', delta: 1, reason: 'u' }));
    expect((await gateway.post(`${API}/delta/batch`, { deltas })).body.data.totalQueued).toBe(10_000);
    await emit('many', 1);
    const made = await seal({ customerId: 'many' });
    expect(made.deltasCount).toBe(10_001);
    const { accessToken } = (await issue({ proofRoot: made.proofRoot })).body.data;
    const first = await recordsOf(`${made.proofRoot}?limit=1000`, accessToken);
    expect([first.proven, first.items.length, first.nextCursor]).toEqual([null, 1_000, 999]);
    const last = await recordsOf(`${made.proofRoot}?limit=2&cursor=9999`, accessToken);
    expect(last.items.map((one: Json) => one.index)).toEqual([10_000]);
    expect(last.nextCursor).toBeUndefined();
    const statement = await askPublic(`${made.proofRoot}/statement`, accessToken);
    expect([statement.status, statement.body.error.code]).toEqual([400, 'SCOPE_TOO_WIDE']);
    const receipt = await askPublic(`${made.proofRoot}/receipts/${last.items[0].receiptId}`, accessToken);
    expect(receipt.body.data.receipt.entryProof).toMatchObject({ leafIndex: 10_000, treeSize: 10_001 });
  });

  it('say when what is stored is not what was sealed', async () => {
    const change = (to: string) =>
      gateway.pool.query(`UPDATE entry SET reason = $1 WHERE record_key = $2`, [
        to,
        receiptId.slice('rcp_'.length),
      ]);
    await change('another');
    expect((await recordsOf(proofRoot, token)).proven).toBe(false);
    await change(secretReason);
    expect((await recordsOf(proofRoot, token)).proven).toBe(true);
  });

  it('end when they expire, and at once when they are revoked', async () => {
    const { tokenId, accessToken } = (await issue({ proofRoot })).body.data;
    await gateway.pool.query('UPDATE access_token SET expires_at = now() WHERE id = $1', [tokenId]);
    expect(await recordsOf(proofRoot, accessToken)).toBeUndefined();
    const [own] = token.split('.');
    expect((await revoke(own!, gateway.keys.live)).status).toBe(404);
    expect((await recordsOf(proofRoot, token)).items).toHaveLength(5);
    const revoked = (await revoke(own!)).body.data;
    expect(revoked).toMatchObject({ tokenId: own, active: false, revokedAt: expect.any(String) });
    expect(await recordsOf(proofRoot, token)).toBeUndefined();
    expect((await revoke(own!)).body.data.revokedAt).toBe(revoked.revokedAt);
    expect((await revoke('vat_nothing')).status).toBe(404);
  });

  it('are listed without their secrets, those of one environment, and kept only as hashes', async () => {
    const { accessTokens, pagination } = await data(`${API}/access-tokens?customerId=${customerId}`);
    expect(pagination).toEqual({ total: 4, limit: 50, offset: 0 });
    expect(accessTokens.map((one: Json) => one.active)).toEqual([false, true, true, false]);
    expect(JSON.stringify(accessTokens)).not.toContain(token.split('.')[1]);
    const last = await data(`${API}/access-tokens?customerId=${customerId}&limit=1&offset=3`);
    expect(last.accessTokens).toEqual([accessTokens[3]]);
    const live = await gateway.get(`${API}/access-tokens`, gateway.keys.live);
    expect(live.body.data.accessTokens).toEqual([]);
    const { rows } = await gateway.pool.query<{ all: string }>('SELECT t::text AS all FROM access_token t');
    expect(rows.map(({ all }) => all).join('\n')).not.toContain(token.split('.')[1]);
  });

  it.each([
    [{}, 400],
    [{ customerId }, 400],
    [{ period: '2026-01' }, 400],
    [{ customerId, period: 'January' }, 400],
    [{ proofRoot: 'ab' }, 400],
    [{ proofRoot: 'ab'.repeat(32), customerId }, 400],
    [{ proofRoot: 'ab'.repeat(32) }, 404],
    [{ customerId: 'nobody', period: '2026-01' }, 404],
    [{ customerId, period: '2026-01', expiresAt: '2020-01-01T00:00:00Z' }, 400],
    [{ customerId, period: '2026-01', expiresAt: '2999-01-01T00:00:00Z' }, 400],
    [{ customerId, period: '2026-01', name: '' }, 400],
  ])('are not given out for %j: %i', async (body, status) => {
    const before = (await data(`${API}/access-tokens`)).pagination.total;
    expect((await issue(body)).status).toBe(status);
    expect((await data(`${API}/access-tokens`)).pagination.total).toBe(before);
  });

  it('are for one customer of the key’s own environment, and for what can be shown', async () => {
    expect((await issue({ proofRoot }, gateway.keys.live)).status).toBe(404);
    const everyone = await seal({});
    expect((await issue({ proofRoot: everyone.proofRoot })).status).toBe(400);
    const { fingerprint } = (await gateway.get(`${API}/derive/${customerId}`)).body.data.deltas[0];
    const subset = await seal({ customerId, fingerprints: [fingerprint] });
    expect((await issue({ proofRoot: subset.proofRoot })).status).toBe(400);
  });

  it('can be sent from another site’s page', async () => {
    const url = `${gateway.app.baseUrl}/api/v1/verify/${proofRoot}`;
    const answer = await fetch(url, { method: 'OPTIONS' });
    expect([answer.status, answer.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'authorization',
    ]);
  });
});
