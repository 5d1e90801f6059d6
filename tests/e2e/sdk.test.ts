import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Delta,
  IdempotencyConflictError,
  InvalidApiKeyError,
  NotFoundError,
  PacSpace,
  type PacSpaceOptions,
  ServiceUnavailableError,
  ValidationError,
  verifyReceipt,
  verifyStatement,
} from '@pacspace-io/sdk';
import {
  checkAnswer,
  spawnApp,
  type SpawnedApp,
  spawnGateway,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import { type Fault, type Front, startFaultyFront } from '../system/faulty-front.js';

const thisMonth = new Date().toISOString().slice(0, 7);

let gateway: TestGateway;
let apps: SpawnedApp[];
let pac: PacSpace;

beforeAll(async () => {
  gateway = await spawnGateway();
  const keys = { LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) };
  apps = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('comparer', gateway.env),
    spawnApp('checkpointer', { ...gateway.env, ...keys }),
  ]);
  pac = clientOf({ fetch: checkedFetch });
}, 120_000);

afterAll(async () => {
  await Promise.all(apps.map((app) => app.stop()));
  await gateway.stop();
}, 60_000);

const clientOf = (options: Partial<PacSpaceOptions> = {}): PacSpace =>
  new PacSpace({ apiKey: gateway.keys.test, baseUrl: gateway.app.baseUrl, ...options });

/** Holds every answer against the OpenAPI document, from which the SDK's types are made. */
const checkedFetch: typeof fetch = async (url, init) => {
  const answer = await fetch(url, init);
  const body: unknown = await answer.clone().json();
  checkAnswer({ method: init?.method ?? 'GET', url: url as string, answer, body });
  return answer;
};

/** A client behind a network that spoils its requests, one after the other. */
async function withFaults(faults: readonly Fault[], work: (pac: PacSpace, front: Front) => Promise<void>) {
  const rest = [...faults];
  const front = await startFaultyFront(gateway.app.baseUrl, () => rest.shift());
  try {
    await work(clientOf({ baseUrl: front.url }), front);
  } finally {
    await front.stop();
  }
}

const usage = (customerId: string, delta: number, more: Partial<Delta> = {}): Delta => ({
  customerId,
  delta,
  reason: 'usage',
  ...more,
});

describe('the four calls and their kin', () => {
  it('record, derive, compare and seal, and every answer is as typed', async () => {
    const { balance } = pac;
    const first = await balance.emit('flow', 100.0, 'deposit', {
      referenceId: 'txn-1',
      metadata: { source: 'test' },
    });
    expect(first).toMatchObject({ customerId: 'flow', delta: 100, status: 'QUEUED', replayed: false });
    const second = await balance.emitAndWait('flow', '-0.000000000001', 'correction', {
      adjusts: { recordId: first.recordId },
      occurredAt: new Date(),
    });
    expect(second).toMatchObject({ status: 'VERIFIED', index: 1, balanceAfterExact: '99.999999999999' });
    expect((await balance.delta(first.recordId)).status).toBe('VERIFIED');

    const derived = await balance.derive('flow');
    expect(derived).toMatchObject({ computedBalanceExact: '99.999999999999', deltasCount: 2 });
    expect(await balance.deriveForPeriod('flow', thisMonth)).toMatchObject({ deltasCount: 2 });
    const report = await balance.compare(
      'flow',
      { yours: '99.999999999999', theirs: 90 },
      { startingBalance: 0 },
    );
    expect(report).toMatchObject({
      matchesYours: true,
      matchesTheirs: false,
      discrepancyExact: '9.999999999999',
    });
    expect(await balance.comparison(report.reportId)).toEqual(report);
    expect((await balance.comparisons({ customerId: 'flow' })).comparisons).toHaveLength(1);

    const seal = await balance.checkpoint('flow');
    expect(seal).toMatchObject({
      customerId: 'flow',
      deltasCount: 2,
      closingBalanceExact: '99.999999999999',
    });
    const everybody = await balance.checkpoint();
    expect(everybody.checkpoints.map(({ customerId }) => customerId)).toContain('flow');
    expect((await balance.listCheckpoints({ customerId: 'flow' })).checkpoints.length).toBeGreaterThan(0);

    expect(await balance.usage()).toMatchObject({ period: thisMonth });
    expect((await balance.limits()).maxScopeMonths).toBeGreaterThan(0);
    expect(await balance.gaps('flow')).toMatchObject({ customerId: 'flow', gaps: [] });
    expect((await balance.customers({ search: 'flow' })).items).toHaveLength(1);
    expect((await balance.customersSummary()).totalDeltas).toBeGreaterThan(1);
    expect(await balance.customer('flow')).toMatchObject({ customerReference: 'flow', totalDeltas: 2 });
    expect((await balance.receipts('flow')).receipts).toHaveLength(2);
  });

  it('list a long scope page by page', async () => {
    await pac.balance.emitBatch(Array.from({ length: 25 }, (_, i) => usage('pages', i + 1)));
    const amounts: number[] = [];
    for await (const { delta } of pac.balance.deltas('pages', { limit: 10 })) amounts.push(delta);
    expect(amounts).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    for await (const delta of pac.balance.deltas('nobody')) throw new Error(delta.recordId);
  });

  it('refuse with errors that say what to do', async () => {
    const { balance } = pac;
    const bad = await balance.emit('no spaces', 0, '').catch((error: unknown) => error);
    expect(bad).toBeInstanceOf(ValidationError);
    expect((bad as ValidationError).fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['customerId', 'delta', 'reason']),
    );
    await expect(balance.derive('nobody')).rejects.toMatchObject({ code: 'CUSTOMER_NOT_FOUND', status: 404 });
    await expect(balance.derive('nobody')).rejects.toBeInstanceOf(NotFoundError);
    await balance.emit('conflict', 1, 'one', { idempotencyKey: 'taken' });
    await expect(balance.emit('conflict', 2, 'one', { idempotencyKey: 'taken' })).rejects.toBeInstanceOf(
      IdempotencyConflictError,
    );
    const stranger = clientOf({ apiKey: 'pk_test_nobody.secret' });
    await expect(stranger.balance.usage()).rejects.toBeInstanceOf(InvalidApiKeyError);
    const nowhere = clientOf({ baseUrl: 'http://127.0.0.1:1', maxRetries: 0 });
    await expect(nowhere.balance.usage()).rejects.toMatchObject({ code: 'NETWORK', status: undefined });
    await expect(nowhere.balance.usage()).rejects.toBeInstanceOf(ServiceUnavailableError);
  });
});

describe('verification', () => {
  it('proves a root, a receipt and a statement here, and refuses what was changed', async () => {
    const { receiptId } = await pac.balance.emitAndWait('proofs', 7, 'usage');
    await pac.balance.emit('proofs', 5, 'usage');
    const { proofRoot } = await pac.balance.checkpoint('proofs');
    await waitFor(async () => (await pac.verify(proofRoot)).verified);
    const check = await pac.verify(`0x${proofRoot.toUpperCase()}`);
    expect(check).toMatchObject({
      verdict: 'proven',
      keysFrom: 'service',
      proofRoot,
      summary: { recordCount: 2 },
    });
    expect(check.steps.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'seal holds',
      'summary holds',
      'log holds',
      'signature holds',
    ]);
    await expect(pac.verify('0'.repeat(64))).rejects.toBeInstanceOf(NotFoundError);

    const answer = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
    const { keys } = (await answer.json()) as { keys: { verifierKey: string }[] };
    const logKeys = keys.map(({ verifierKey }) => verifierKey);
    expect(await pac.verify(proofRoot, { logKeys })).toMatchObject({ verdict: 'proven', keysFrom: 'caller' });
    expect(await pac.verify(proofRoot, { logKeys: [] })).toMatchObject({
      verdict: 'incomplete',
      verified: false,
    });

    const { receipt } = await pac.balance.deltaReceipt(receiptId);
    expect(await verifyReceipt(receipt, { logKeys })).toMatchObject({ verdict: 'proven' });
    const forged = { ...receipt, content: { ...receipt.content, amount: '8' } };
    expect(await verifyReceipt(forged, { logKeys })).toMatchObject({ verdict: 'refused' });
    const { statement } = await pac.balance.receipt('proofs');
    expect(await verifyStatement(statement, { logKeys })).toMatchObject({ verdict: 'proven' });
    const shortened = { ...statement, records: statement.records.slice(1) };
    expect(await verifyStatement(shortened, { logKeys })).toMatchObject({ verdict: 'refused' });
  });

  it('does not take the service’s word', async () => {
    const [one, other] = await Promise.all(
      ['honest', 'liar'].map(async (customerId) => {
        await pac.balance.emit(customerId, 1, 'usage');
        return (await pac.balance.checkpoint(customerId)).proofRoot;
      }),
    );
    // A service that shows another seal for the root, and says that all is well.
    const lying = clientOf({ fetch: (url, init) => fetch((url as string).replace(one!, other!), init) });
    const check = await lying.verify(one!);
    expect(check).toMatchObject({ verified: false, verdict: 'refused', answer: { verified: true } });
  });
});

describe('a network that breaks', () => {
  it('makes of one call one delta, with one key over all of its tries', async () => {
    await withFaults(['busy', 'lost', 'torn', 'limited'], async ({ balance }, front) => {
      const { replayed } = await balance.emit('retried', 5, 'usage');
      expect(replayed).toBe(true);
      expect(front.faults).toEqual(['busy', 'lost', 'torn', 'limited', 'pass']);
      expect(new Set(front.keys).size).toBe(1);
      expect(front.keys[0]).toMatch(/^[0-9a-f]{32}$/);
      await balance.emit('retried', 5, 'usage');
      expect(new Set(front.keys).size).toBe(2);
    });
    expect(await pac.balance.derive('retried')).toMatchObject({ deltasCount: 2, computedBalance: 10 });
  });

  it('adds nothing twice from a batch of many requests, and names the bad items by their place', async () => {
    const deltas = Array.from({ length: 12_000 }, (_, i) => usage('batched', i % 4_000 === 3 ? 0 : 1));
    await withFaults(['lost', 'pass', 'lost'], async ({ balance }) => {
      const { results, totalFailed, totalQueued } = await balance.emitBatch(deltas);
      expect({ totalFailed, totalQueued }).toEqual({ totalFailed: 3, totalQueued: 11_997 });
      expect(results.every(({ index }, i) => index === i)).toBe(true);
      const failed = results.filter(({ status }) => status === 'FAILED').map(({ index }) => index);
      expect(failed).toEqual([3, 4_003, 8_003]);
    });
    expect(await pac.balance.derive('batched', { view: 'totals' })).toMatchObject({
      computedBalance: 11_997,
    });
  });

  it('neither loses nor doubles anything that an emitter was given', async () => {
    const kinds: readonly Fault[] = ['busy', 'lost', 'torn', 'limited'];
    // Two of three requests are spoilt, until ten of them were.
    let asked = 0;
    const front = await startFaultyFront(gateway.app.baseUrl, () => {
      asked += 1;
      return asked > 15 || asked % 3 === 0 ? undefined : kinds[asked % 4];
    });
    const rejected: string[] = [];
    const emitter = clientOf({ baseUrl: front.url }).balance.emitter({
      maxItems: 500,
      maxBufferedBytes: 100_000,
      onRejected: ({ delta, error }) => rejected.push(`${delta.delta} ${error.code}`),
    });
    let sum = 0;
    for (let i = 1; i <= 10_000; i += 1) {
      const isBad = i % 2_500 === 0;
      if (!isBad) sum += i;
      const delta = usage(`emitted_${i % 7}`, isBad ? 0 : i, i % 2 === 0 ? { referenceId: `ref-${i}` } : {});
      if (!emitter.emit(delta)) await emitter.ready();
    }
    expect(await emitter.close()).toEqual({ pending: 0, recorded: 9_996, rejected: 4 });
    expect(rejected).toEqual(Array<string>(4).fill('0 VALIDATION_FAILED'));
    expect(new Set(front.faults)).toEqual(new Set([...kinds, 'pass']));
    await front.stop();
    const balances = await Promise.all(
      Array.from({ length: 7 }, (_, i) => pac.balance.derive(`emitted_${i}`, { view: 'totals' })),
    );
    expect(balances.reduce((count, { deltasCount }) => count + deltasCount, 0)).toBe(9_996);
    expect(balances.reduce((total, { computedBalance }) => total + computedBalance, 0)).toBe(sum);
  });

  it('says of each delta that could not be sent that it was not', async () => {
    const emitter = clientOf({ baseUrl: 'http://127.0.0.1:1' }).balance.emitter({ retryForMs: 0 });
    emitter.emit(usage('unsent', 1));
    await expect(emitter.flush()).rejects.toMatchObject({ code: 'NOT_RECORDED', cause: { code: 'NETWORK' } });
    expect(emitter.counts).toEqual({ pending: 0, recorded: 0, rejected: 1 });
    await emitter.close();
  });
});

describe('the end of a process', () => {
  it('sends what an emitter still holds', async () => {
    const sdk = join(import.meta.dirname, '../../libs/sdk/dist/index.js');
    const script = `
      import { PacSpace } from ${JSON.stringify(sdk)};
      const pac = new PacSpace({ apiKey: process.env.KEY });
      const emitter = pac.balance.emitter({ maxAgeMs: 3_600_000 });
      for (let i = 0; i < 100; i += 1) emitter.emit({ customerId: 'ended', delta: 1, reason: 'usage' });
    `;
    const env = {
      PATH: process.env['PATH'],
      KEY: gateway.keys.test,
      PACSPACE_API_BASE_URL: gateway.app.baseUrl,
    };
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env,
      timeout: 20_000,
    });
    expect(await pac.balance.derive('ended')).toMatchObject({ deltasCount: 100 });
  });
});
