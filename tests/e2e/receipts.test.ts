import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  checkAnswer,
  type TestAnswer,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';

jest.setTimeout(60_000);

const BIN = fileURLToPath(new URL('../../libs/cli/bin/pacspace.mjs', import.meta.url));
const API = '/api/v1/balance';
const thisMonth = new Date().toISOString().slice(0, 7);
const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0))
  .toISOString()
  .slice(0, 7);

/** An answer's body or a part of it: its shape is what is checked. */
type Json = TestAnswer['body'];

let gateway: TestGateway;
let apps: SpawnedApp[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pacspace-receipts-'));
  gateway = await spawnGateway();
  // The projector comes with the first test: until then nothing is recorded.
  apps = [await spawnCheckpointer('5a'.repeat(32))];
}, 120_000);

const spawnCheckpointer = (secret: string): Promise<SpawnedApp> =>
  spawnApp('checkpointer', { ...gateway.env, LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: secret });

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await gateway.stop();
  await rm(folder, { recursive: true });
}, 60_000);

async function emit(customerId: string, delta: number, parts: object = {}): Promise<Json> {
  const body = { customerId, delta, reason: 'usage', ...parts };
  const answer = await gateway.post(`${API}/delta`, body);
  expect(answer.status).toBe(201);
  return answer.body.data;
}

async function seal(body: object): Promise<Json> {
  const answer = await gateway.post(`${API}/checkpoint`, body);
  expect(answer.status).toBe(201);
  return answer.body.data;
}

const data = async (path: string): Promise<Json> => {
  const { status, body } = await gateway.get(path);
  expect({ path, status, error: body.error }).toEqual({ path, status: 200, error: undefined });
  return body.data;
};

const isPublished = async (path: string): Promise<boolean> =>
  (await gateway.get(path)).body.data?.receiptState === 'published';

/** As a stranger would, who has a file and the log's keys and nothing else. */
async function verify(...args: readonly string[]): Promise<CliResult> {
  const keys = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
  await writeFile(join(folder, 'keys.json'), await keys.text());
  return await pacspace('verify', '--key-file', 'keys.json', ...args);
}

interface CliResult {
  readonly code: number | null;
  readonly out: string;
}

async function pacspace(...args: readonly string[]): Promise<CliResult> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] },
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, out };
}

const write = async (name: string, value: unknown): Promise<string> => {
  await writeFile(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  return name;
};

describe('the receipt of a delta that nothing has recorded yet', () => {
  it('says that it is accepted, and proves no more than what it says', async () => {
    const metadata = { region: 'eu' };
    const { receiptId, fingerprint } = await emit('accepted', 2.5, { referenceId: 'a-1', metadata });
    const path = `${API}/receipts/${receiptId}`;
    const answer = await data(path);
    expect(answer).toMatchObject({
      receiptId,
      customerId: 'accepted',
      receiptState: 'accepted',
      receipt: { content: { amount: '2.5', referenceId: 'a-1' }, metadata },
    });
    expect(Object.keys(answer.receipt).toSorted()).toEqual(['content', 'metadata', 'salt', 'version']);
    expect(answer.proofRoot).toBeUndefined();
    expect((await gateway.get(`${path}.tlog-proof`)).status).toBe(404);
    expect((await gateway.get(path, gateway.keys.live)).status).toBe(404);
    expect(await pacspace('verify', await write('accepted.json', answer.receipt))).toEqual({
      code: 3,
      out: expect.stringContaining(fingerprint),
    });

    apps.push(await spawnApp('projector', gateway.env));
    const state = async (): Promise<unknown> => (await data(path)).receiptState;
    await waitFor(async () => (await state()) === 'recorded', { timeoutMs: 15_000 });
    // What was accepted is what was recorded, to the byte.
    expect((await data(path)).receipt.content).toEqual(answer.receipt.content);
  });
});

describe('the receipt of a delta', () => {
  const customerId = 'receipts';
  let receiptId: string;
  let path: string;

  it('says that the delta is recorded while nothing commits to it', async () => {
    const deltas = Array.from({ length: 700 }, (_, i) => ({
      customerId,
      delta: 0.25,
      reason: 'usage',
      idempotencyKey: `before ${i}`,
    }));
    expect((await gateway.post(`${API}/delta/batch`, { deltas })).body.data.totalQueued).toBe(700);
    const parts = {
      metadata: { region: 'eu', n: [1, null] },
      referenceId: 'r-1',
      occurredAt: `${thisMonth}-01T00:00:00Z`,
    };
    ({ receiptId } = await emit(customerId, -12.5, parts));
    path = `${API}/receipts/${receiptId}`;
    const answer = await data(path);
    expect(answer).toMatchObject({ receiptId, customerId, receiptState: 'recorded' });
    expect(answer.receipt).toMatchObject({
      content: { amount: '-12.5', referenceId: 'r-1' },
      entry: { index: 700, balance: '162.5' },
      metadata: { region: 'eu', n: [1, null] },
    });
    expect(answer.receipt.seal).toBeUndefined();
    expect((await gateway.get(`${path}.tlog-proof`)).status).toBe(404);
    expect(await pacspace('verify', await write('recorded.json', answer.receipt))).toMatchObject({ code: 3 });
  });

  it('is proven offline once it is sealed and published, also under a later seal', async () => {
    const made = await seal({ customerId });
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const answer = await data(path);
    expect(answer).toMatchObject({ proofRoot: made.proofRoot, checkpointId: made.checkpointId });
    expect(await verify(await write('receipt.json', answer.receipt))).toEqual({
      code: 0,
      out: expect.stringMatching(/^receipt.json: PROVEN\n[^]*number 700[^]*balance after it is 162.5/),
    });

    await emit(customerId, 1);
    await seal({ customerId });
    await waitFor(async () => (await data(path)).proofRoot !== made.proofRoot, { timeoutMs: 15_000 });
    const later = await gateway.get(path);
    expect(await verify(await write('later.json', later.body))).toMatchObject({ code: 0 });
    const online = ['--online', '--url', gateway.app.baseUrl];
    expect(await verify('receipt.json', 'later.json', ...online)).toEqual({
      code: 0,
      out: expect.stringContaining("continues the file's, of 1: nothing in it was changed"),
    });
  });

  it('is a tlog-proof text for whoever asks so', async () => {
    const headers = { 'x-api-key': gateway.keys.test };
    const bySuffix = await fetch(`${gateway.app.baseUrl}${path}.tlog-proof`, { headers });
    expect(bySuffix.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await bySuffix.text();
    expect(text).toMatch(/^c2sp.org\/tlog-proof@v1\nextra /);
    const byAccept = await fetch(`${gateway.app.baseUrl}${path}`, {
      headers: { ...headers, accept: 'text/plain' },
    });
    expect((await byAccept.text()).split('\n')[0]).toBe('c2sp.org/tlog-proof@v1');
    expect(await verify(await write('r.tlog-proof', text))).toMatchObject({ code: 0 });
  });

  it('is refused with one byte changed, wherever it is', async () => {
    const text = JSON.stringify((await data(path)).receipt);
    for (const part of [
      '"amount":"-12.5',
      '"balance":"162.5',
      '"region":"eu',
      '"root":"',
      '"sealedAt":"20',
    ]) {
      const at = text.indexOf(part) + part.length - 1;
      expect(at).toBeGreaterThan(part.length);
      const last = text[at] === '"' ? at + 1 : at;
      const other = text[last] === '7' ? '8' : '7';
      const tampered = text.slice(0, last) + other + text.slice(last + 1);
      expect({ part, ...(await verify(await write('tampered.json', tampered))) }).toMatchObject({
        part,
        code: 1,
      });
    }
  });

  it('is nobody else’s', async () => {
    expect((await gateway.get(path, gateway.keys.live)).status).toBe(404);
    expect((await gateway.get(`${API}/receipts/rcp_${'0'.repeat(32)}`)).status).toBe(404);
    expect((await gateway.get(`${API}/receipts/rcp_1`)).status).toBe(400);
  });
});

describe('the proof of an invoice', () => {
  const customerId = 'invoiced';

  it('needs a seal, and then proves all deltas of the month and their sum', async () => {
    const happened = { occurredAt: `${lastMonth}-15T12:00:00Z` };
    await emit(customerId, 7, { ...happened, metadata: { n: 1 } });
    await emit(customerId, 0.5, happened);
    await emit(customerId, 100);
    const path = `${API}/invoice-proof/${customerId}?period=${lastMonth}`;
    expect((await gateway.get(path)).status).toBe(404);
    const made = await seal({ customerId, period: lastMonth });
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const answer = await data(path);
    expect(answer).toMatchObject({
      customerId,
      period: lastMonth,
      final: true,
      deltasCount: 2,
      startingBalanceExact: '0',
      finalBalanceExact: '7.5',
      proofRoot: made.proofRoot,
    });
    expect(answer.deltas.map((delta: Json) => delta.deltaExact)).toEqual(['7', '0.5']);
    expect((await data(`${API}/receipt/${customerId}?period=${lastMonth}`)).statement).toEqual(
      answer.statement,
    );
    expect(await verify(await write('invoice.json', answer.statement))).toMatchObject({
      code: 0,
      out: expect.stringContaining('They are all 2 records of customer invoiced'),
    });
    const less = { ...answer.statement, records: answer.statement.records.slice(1) };
    expect(await verify(await write('less.json', less))).toMatchObject({ code: 1 });
    expect((await gateway.get(path, gateway.keys.live)).status).toBe(404);
  });

  it('is there for a window, as it was when it was sealed', async () => {
    const window = `startDate=${lastMonth}-01&endDate=${lastMonth}-16`;
    await seal({ customerId, startDate: `${lastMonth}-01`, endDate: `${lastMonth}-16` });
    await emit(customerId, 3, { occurredAt: `${lastMonth}-02T00:00:00Z` });
    const path = `${API}/invoice-proof/${customerId}?${window}`;
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const answer = await data(path);
    expect(answer).toMatchObject({ deltasCount: 2, finalBalanceExact: '7.5' });
    expect(await verify(await write('window.json', answer.statement))).toMatchObject({ code: 0 });
  });
});

describe('the receipts of a customer', () => {
  it('are listed from the newest back, each with how far it goes', async () => {
    const customerId = 'listed';
    await emit(customerId, 1);
    await emit(customerId, 2);
    const { receipts: before } = await data(`${API}/customers/${customerId}/receipts`);
    expect(before.map((one: Json) => one.receiptState)).toEqual(['recorded', 'recorded']);
    await seal({ customerId });
    const { receiptId } = await emit(customerId, 3);
    await waitFor(() => isPublished(`${API}/receipts/${before[0].receiptId}`), { timeoutMs: 15_000 });
    const { receipts } = await data(`${API}/customers/${customerId}/receipts?limit=2`);
    expect(receipts).toMatchObject([
      { receiptId, index: 2, deltaExact: '3', balanceAfterExact: '6', receiptState: 'recorded' },
      { receiptId: before[0].receiptId, index: 1, receiptState: 'published' },
    ]);
    expect((await gateway.get(`${API}/customers/nobody/receipts`)).status).toBe(404);
    expect((await gateway.get(`${API}/customers/${customerId}/receipts?limit=0`)).status).toBe(400);
  });
});

/** As a stranger, with an access token or without; the answer is as documented. */
async function askPublic(path: string, token?: string): Promise<TestAnswer> {
  const url = `${gateway.app.baseUrl}/api/v1/verify/${path}`;
  const answer = await fetch(url, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const body: unknown = await answer.json();
  checkAnswer({ method: 'GET', url, answer, body });
  return { status: answer.status, headers: answer.headers, body };
}

describe('GET /api/v1/verify/:proofRoot', () => {
  const customerId = 'verified';
  const ask = (root: string) => askPublic(root);

  it('tells whoever holds a root what it commits to, without a key and without the records', async () => {
    await emit(customerId, 10, { reason: 'a reason that is nobody’s business' });
    await emit(customerId, -2.5);
    const { checkpointId, proofRoot } = await seal({ customerId });
    const { status, body } = await ask(`${proofRoot}?source=both`);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        success: true,
        data: {
          verified: true,
          proofRoot,
          summary: {
            recordCount: 2,
            netChangeExact: '7.5',
            startingBalanceExact: '0',
            endingBalanceExact: '7.5',
          },
          verification: {
            state: 'published',
            checkpointId,
            seal: { root: proofRoot, customerId },
            sealProof: { hashes: expect.any(Array) },
            checkpoint: expect.stringContaining('logs.test/env_test'),
          },
        },
      },
    });
    expect(Date.parse(body.data.summary.firstRecordAt)).toBeLessThanOrEqual(Date.now());
    expect(JSON.stringify(body)).not.toContain('business');
    expect((await ask(`0x${proofRoot.toUpperCase()}`)).body.data.proofRoot).toBe(proofRoot);
  });

  it('verifies the root of all customers together, however many they are', async () => {
    const deltas = Array.from({ length: 600 }, (_, i) => ({
      ...{ customerId: `many-${i}`, delta: i + 0.25, reason: 'usage' },
    }));
    expect((await gateway.post(`${API}/delta/batch`, { deltas })).body.data.totalQueued).toBe(600);
    const first = await seal({});
    const change = (column: string, from: string, to: string) =>
      gateway.pool.query(`UPDATE seal.seal SET ${column} = ${to} WHERE log_index = $1 AND ${from}`, [
        first.checkpoints[0].logIndex,
      ]);
    // One of them again: the second run's seals have a gap between them.
    await emit('many-300', 1);
    const { proofRoot, checkpointId, customersCount, deltasCount } = await seal({});
    const { body } = await ask(proofRoot);
    expect(body.data).toMatchObject({
      verified: true,
      proofRoot,
      summary: { customersCount, recordCount: deltasCount, startingBalanceExact: expect.any(String) },
      verification: { checkpointId, state: 'published', checkpoint: expect.stringContaining('logs.test') },
    });
    const balances = await gateway.get(`${API}/customers/summary`);
    expect(body.data.summary.endingBalanceExact).toBe(balances.body.data.totalBalanceExact);

    // Its seals, page by page.
    const indexes: number[] = [];
    for (let cursor: number | undefined; ;) {
      const query = cursor === undefined ? '' : `&cursor=${cursor}`;
      const { verification } = (await ask(`${proofRoot}?limit=250${query}`)).body.data;
      indexes.push(...verification.logIndexes);
      cursor = verification.nextCursor;
      if (cursor === undefined) break;
    }
    expect(indexes).toHaveLength(customersCount);
    expect(indexes).toEqual([...new Set(indexes)].toSorted((a, b) => a - b));

    await change('body', 'true', `replace(body, '"count":', '"count": ')`);
    const changed = (await ask(proofRoot)).body.data;
    expect(changed).toMatchObject({ verified: false, summary: { customersCount } });
    expect(changed.summary.netChange).toBeUndefined();
    await change('body', 'true', `replace(body, '"count": ', '"count":')`);
    await change('leaf_hash', 'true', 'set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1)');
    expect((await ask(proofRoot)).body.data.verified).toBe(false);
    await change('leaf_hash', 'true', 'set_byte(leaf_hash, 0, get_byte(leaf_hash, 0) # 1)');
    expect((await ask(proofRoot)).body.data.verified).toBe(true);

    // No seal any more, with a leaf that goes with it: the signed head says otherwise.
    const { logIndex } = first.checkpoints[0];
    const put = (body: string, leaf: string) =>
      gateway.pool.query(`UPDATE seal.seal SET body = $2, leaf_hash = ${leaf} WHERE log_index = $1`, [
        logIndex,
        body,
      ]);
    const { rows } = await gateway.pool.query<{ body: string }>(
      'SELECT body FROM seal.seal WHERE log_index = $1',
      [logIndex],
    );
    const leaf = `sha256('\\x00'::bytea || convert_to($2, 'UTF8'))`;
    await put('nothing', leaf);
    expect((await ask(proofRoot)).body.data).toMatchObject({ verified: false, summary: { customersCount } });
    await put(rows[0]!.body, leaf);
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
  });

  it('does not find verified what was changed in storage', async () => {
    await emit('touched', 1);
    const { proofRoot, logIndex } = await seal({ customerId: 'touched' });
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
    const change = (from: string, to: string) =>
      gateway.pool.query('UPDATE seal.seal SET body = replace(body, $1, $2) WHERE log_index = $3', [
        from,
        to,
        logIndex,
      ]);
    await change('"closingBalance":"1"', '"closingBalance":"2"');
    const { body } = await ask(proofRoot);
    expect(body.data).toMatchObject({ verified: false, summary: { endingBalanceExact: '2' } });
    await change('"closingBalance":"2"', '"closingBalance":"1"');
    expect((await ask(proofRoot)).body.data.verified).toBe(true);
    // Not even a seal any more.
    await change('"closingBalance":"1"', '"closingBalance":1');
    expect((await ask(proofRoot)).body.data).toMatchObject({ verified: false, summary: { recordCount: 1 } });
    await change('"closingBalance":1', '"closingBalance":"1"');
  });

  it.each([
    [404, 'ab'.repeat(32)],
    // The root of nothing is that of many, and says nothing.
    [404, 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    [400, 'nonsense'],
  ])('answers %s for %s', async (status, root) => {
    expect(await ask(root)).toMatchObject({ status, body: { success: false } });
  });
});

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

describe('another signing key', () => {
  it('signs from then on; what the old one has signed still verifies, by either key file', async () => {
    const customerId = 'rotated';
    const { receiptId } = await emit(customerId, 1);
    await seal({ customerId });
    const path = `${API}/receipts/${receiptId}`;
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const old = await write('old.json', (await data(path)).receipt);
    expect(await verify(old)).toMatchObject({ code: 0 });
    const keysOf = async (): Promise<Json[]> => {
      const answer = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
      return ((await answer.json()) as Json).keys;
    };
    const [before] = await keysOf();
    await write('old-keys.json', { keys: [before] });

    await apps[0]!.stop();
    apps[0] = await spawnCheckpointer('6b'.repeat(32));
    await waitFor(async () => (await keysOf()).length === 2, { timeoutMs: 15_000 });
    const after = (await keysOf()).find(({ current }) => current === true)!;
    expect(after.verifierKey).not.toBe(before.verifierKey);
    await write('new-keys.json', { keys: [after] });
    // The key alone has changed, and nothing was sealed: the last head has both signatures.
    const isResigned = async (): Promise<boolean> => {
      const { checkpoint } = (await data(path)).receipt;
      return checkpoint.split('\n').filter((line: string) => line.startsWith('— ')).length === 2;
    };
    await waitFor(isResigned, { timeoutMs: 15_000 });
    const both = await write('both.json', (await data(path)).receipt);
    const { receiptId: newId } = await emit(customerId, 2);
    await seal({ customerId });
    await waitFor(() => isPublished(`${API}/receipts/${newId}`), { timeoutMs: 15_000 });
    const latest = await write('new.json', (await data(`${API}/receipts/${newId}`)).receipt);

    // As it is listed now, the keys are good for all of them.
    expect(await verify(old, both, latest)).toMatchObject({ code: 0 });
    const by = async (keys: string, file: string): Promise<number | null> =>
      (await pacspace('verify', '--key-file', keys, file)).code;
    expect(await by('old-keys.json', old)).toBe(0);
    expect(await by('old-keys.json', both)).toBe(0);
    expect(await by('new-keys.json', both)).toBe(0);
    expect(await by('new-keys.json', latest)).toBe(0);
    // By a key that has not signed it nothing is proven, and nothing refused.
    expect(await by('new-keys.json', old)).toBe(3);
    expect(await by('old-keys.json', latest)).toBe(3);
    const online = await verify(old, '--online', '--url', gateway.app.baseUrl);
    expect(online).toEqual({ code: 0, out: expect.stringContaining("continues the file's") });
  });
});
