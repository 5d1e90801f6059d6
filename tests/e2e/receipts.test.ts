import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
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
  const keys = { LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) };
  apps = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('checkpointer', { ...gateway.env, ...keys }),
  ]);
}, 120_000);

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

describe('GET /api/v1/verify/:proofRoot', () => {
  const customerId = 'verified';
  const ask = async (root: string): Promise<{ readonly status: number; readonly body: Json }> => {
    const answer = await fetch(`${gateway.app.baseUrl}/api/v1/verify/${root}`);
    return { status: answer.status, body: await answer.json() };
  };

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

  it('verifies the root of all customers together', async () => {
    const { proofRoot, customersCount, deltasCount } = await seal({});
    expect((await ask(proofRoot)).body.data).toMatchObject({
      verified: true,
      proofRoot,
      summary: { customersCount, recordCount: deltasCount },
    });
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
