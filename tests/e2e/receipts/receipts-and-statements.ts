import { describe, expect, it } from '@jest/globals';
import { waitFor } from '@pacspace/testing';
import {
  API,
  data,
  emit,
  gateway,
  isPublished,
  type Json,
  lastMonth,
  run,
  seal,
  startProjector,
  thisMonth,
  verify,
  write,
} from './sealing.js';

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
    expect(await run('verify', await write('accepted.json', answer.receipt))).toMatchObject({
      code: 3,
      output: expect.stringContaining(fingerprint),
    });

    await startProjector();
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
    expect(await run('verify', await write('recorded.json', answer.receipt))).toMatchObject({ code: 3 });
  });

  it('is proven offline once it is sealed and published, also under a later seal', async () => {
    const made = await seal({ customerId });
    await waitFor(() => isPublished(path), { timeoutMs: 15_000 });
    const answer = await data(path);
    expect(answer).toMatchObject({ proofRoot: made.proofRoot, checkpointId: made.checkpointId });
    expect(await verify(await write('receipt.json', answer.receipt))).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^receipt.json: PROVEN\n[^]*number 700[^]*balance after it is 162.5/),
    });

    await emit(customerId, 1);
    await seal({ customerId });
    await waitFor(async () => (await data(path)).proofRoot !== made.proofRoot, { timeoutMs: 15_000 });
    const later = await gateway.get(path);
    expect(await verify(await write('later.json', later.body))).toMatchObject({ code: 0 });
    const online = ['--online', '--url', gateway.app.baseUrl];
    expect(await verify('receipt.json', 'later.json', ...online)).toMatchObject({
      code: 0,
      output: expect.stringContaining("continues the file's, of 1: nothing in it was changed"),
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
      output: expect.stringContaining('They are all 2 records of customer invoiced'),
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
