import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parsePeriod } from '@pacspace/domain';
import { connectLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import {
  CompactRange,
  leafHash,
  parseBundle,
  parseCheckpoint,
  parseNote,
  parseSeal,
  parseVerifierKey,
  tilesBetween,
  tilePath,
  toHex,
  verifyNote,
} from '@pacspace/proof';
import { spawnApp, type SpawnedApp, spawnGateway, type TestGateway, waitFor } from '@pacspace/testing';
import { encodeCloseEnvelope } from '@pacspace/wire';
import { naiveRoot, sha256, verifyEd25519 } from '../support/check-stored-log.js';

const ORIGIN = 'logs.test/env_test';

let gateway: TestGateway;
let projector: SpawnedApp;
let checkpointer: SpawnedApp;

beforeAll(async () => {
  gateway = await spawnGateway();
  [projector, checkpointer] = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('checkpointer', {
      ...gateway.env,
      LOG_ORIGIN_HOST: 'logs.test',
      LOG_SIGNING_KEY: '5a'.repeat(32),
    }),
  ]);
}, 120_000);

afterAll(async () => {
  await Promise.all([projector.stop(), checkpointer.stop()]);
  await gateway.stop();
}, 60_000);

async function emit(customerId: string, delta: number, parts: object = {}): Promise<void> {
  const answer = await gateway.post('/api/v1/balance/delta', {
    customerId,
    delta,
    reason: 'usage',
    ...parts,
  });
  expect(answer.status).toBe(201);
}

const checkpoint = (body: object, headers: Record<string, string> = {}) =>
  gateway.post('/api/v1/balance/checkpoint', body, headers);

const thisMonth = new Date().toISOString().slice(0, 7);
const lastMonth = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), 0))
  .toISOString()
  .slice(0, 7);

describe('POST /checkpoint', () => {
  it('answers right after an emit with a proof root that covers it', async () => {
    await emit('customer_001', 100, { metadata: { source: 'quickstart-guide' } });
    const { status, body } = await checkpoint({ customerId: 'customer_001' });
    expect(status).toBe(201);
    expect(body.data).toMatchObject({
      checkpointId: expect.stringMatching(/^chk_[0-9a-f]{24}$/),
      customerId: 'customer_001',
      status: 'VERIFIED',
      period: thisMonth,
      fromIndex: 0,
      toIndex: 0,
      deltasCount: 1,
      openingBalance: 0,
      openingBalanceExact: '0',
      closingBalance: 100,
      closingBalanceExact: '100',
      final: false,
      logIndex: 0,
      origin: ORIGIN,
    });
    expect(body.data.proofRoot).toMatch(/^[0-9a-f]{64}$/);
    expect(body.data.merkleRoot).toBe(body.data.proofRoot);
    expect(Date.parse(body.data.sealedAt)).toBeGreaterThan(Date.now() - 10_000);

    const derived = await gateway.get(`/api/v1/balance/derive/customer_001?period=${thisMonth}`);
    expect(derived.body.data.proofRoot).toBe(body.data.proofRoot);
  });

  it('is the same checkpoint while nothing is new, and another with every delta', async () => {
    await emit('same', 5);
    const first = (await checkpoint({ customerId: 'same' })).body.data;
    const again = (await checkpoint({ customerId: 'same', period: thisMonth })).body.data;
    expect(again).toEqual(first);
    await emit('same', 0.1);
    const next = (await checkpoint({ customerId: 'same', timePreset: 'current_month' })).body.data;
    expect(next).toMatchObject({ deltasCount: 2, closingBalanceExact: '5.1', toIndex: 1 });
    expect(next.checkpointId).not.toBe(first.checkpointId);
    expect(next.logIndex).toBeGreaterThan(first.logIndex);
    const { checkpointId, proofRoot } = next;
    const customer = await gateway.get('/api/v1/balance/customers/same');
    expect(customer.body.data.latestCheckpoint).toEqual({ checkpointId, proofRoot });
  });

  it('seals a past month finally; what comes for it later counts in this one, late', async () => {
    const occurredAt = `${lastMonth}-15T12:00:00Z`;
    await emit('past', 7, { occurredAt });
    const final = (await checkpoint({ customerId: 'past', period: lastMonth })).body.data;
    expect(final).toMatchObject({ final: true, deltasCount: 1, closingBalance: 7, period: lastMonth });
    await emit('past', 3, { occurredAt, referenceId: 'late one' });
    expect((await checkpoint({ customerId: 'past', period: lastMonth })).body.data).toEqual(final);
    const current = (await checkpoint({ customerId: 'past' })).body.data;
    expect(current).toMatchObject({
      period: thisMonth,
      openingBalance: 7,
      closingBalance: 10,
      deltasCount: 1,
      fromIndex: 1,
    });
  });

  it('seals a window, and a chosen subset', async () => {
    const at = (day: string) => ({ occurredAt: `${lastMonth}-${day}T00:00:00Z` });
    await emit('window', 1, at('01'));
    await emit('window', 2, at('10'));
    await emit('window', 4, at('20'));
    const window = { customerId: 'window', startDate: `${lastMonth}-05`, endDate: `${lastMonth}-20` };
    const sealed = (await checkpoint(window)).body.data;
    expect(sealed).toMatchObject({
      deltasCount: 1,
      openingBalance: 1,
      closingBalance: 3,
      fromIndex: 1,
      toIndex: 1,
      scope: { kind: 'window', asOf: 3 },
    });
    expect((await checkpoint(window)).body.data).toEqual(sealed);

    const { body } = await gateway.get('/api/v1/balance/derive/window');
    const recordIds: string[] = body.data.deltas.map((delta: { recordId: string }) => delta.recordId);
    const fingerprints = await Promise.all(
      recordIds.map(async (id) => (await gateway.get(`/api/v1/balance/delta/${id}`)).body.data.fingerprint),
    );
    const chosen = [fingerprints[2], fingerprints[0]];
    const subset = (await checkpoint({ customerId: 'window', fingerprints: chosen })).body.data;
    expect(subset).toMatchObject({
      deltasCount: 2,
      openingBalance: 0,
      closingBalance: 5,
      fromIndex: 0,
      toIndex: 2,
    });
    const wrong = await checkpoint({ customerId: 'window', fingerprints: ['0'.repeat(64)] });
    expect(wrong.status).toBe(400);
  });

  it('seals all customers of the environment under one root', async () => {
    await emit('one-of-all', 1);
    const { status, body } = await checkpoint({});
    expect(status).toBe(201);
    const { checkpoints, proofRoot, customersCount, pagination } = body.data;
    expect(checkpoints).toHaveLength(customersCount);
    expect(pagination.total).toBe(customersCount);
    const names = checkpoints.map((one: { customerId: string }) => one.customerId);
    expect(names).toEqual(expect.arrayContaining(['customer_001', 'same', 'past', 'one-of-all']));

    // The root over the seals in order of customer id, from the log's public entries.
    const entries = await readEntries(await waitForHead(Math.max(...checkpoints.map(indexOf)) + 1));
    const inOrder = [...checkpoints].sort((left, right) => (left.customerId < right.customerId ? -1 : 1));
    const range = CompactRange.empty(sha256);
    for (const one of inOrder) range.append(leafHash(sha256, entries[indexOf(one)]!));
    expect(toHex(range.root())).toBe(proofRoot);
    expect((await checkpoint({})).body.data.proofRoot).toBe(proofRoot);
  });

  it('answers an idempotency key with its first answer, for ever', async () => {
    await emit('keyed', 1);
    const key = { 'idempotency-key': 'checkpoint-1' };
    const first = await checkpoint({ customerId: 'keyed' }, key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    await emit('keyed', 1);
    const again = await checkpoint({ customerId: 'keyed' }, key);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const other = await checkpoint({ customerId: 'same' }, key);
    expect([other.status, other.body.error.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    const all = await checkpoint({}, { 'idempotency-key': 'checkpoint-all' });
    await emit('keyed', 1);
    const allAgain = await checkpoint({}, { 'idempotency-key': 'checkpoint-all' });
    expect(allAgain.headers.get('idempotency-replayed')).toBe('true');
    expect(allAgain.body).toEqual(all.body);
  });

  it.each([
    [{ customerId: 'nobody' }, 404, 'CUSTOMER_NOT_FOUND'],
    [{ customerId: 'customer_001', period: '2999-01' }, 400, undefined],
    [{ customerId: 'customer_001', period: 'January' }, 400, undefined],
    [{ customerId: 'a b' }, 400, undefined],
    [{ customerId: 'customer_001', fingerprints: [] }, 400, undefined],
    [{ fingerprints: ['0'.repeat(64)] }, 400, undefined],
    [{ customerId: 'x', mode: 'selected' }, 400, undefined],
    [{ customerId: 'x', startDate: '2026-01-01' }, 400, undefined],
    [{ customerId: 'x', startDate: '2026-01-02', endDate: '2026-01-01' }, 400, undefined],
    [{ customerId: 'x', startDate: '2020-01-01', endDate: '2026-01-01' }, 400, 'SCOPE_TOO_WIDE'],
    [{ customerId: 'x', period: '2026-01', startDate: '2026-01-01' }, 400, 'INVALID_SCOPE_COMBINATION'],
  ])('refuses %j with %i %s', async (body, status, code) => {
    const answer = await checkpoint(body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });
});

const indexOf = (one: { logIndex: number }): number => one.logIndex;

describe('the second around midnight UTC', () => {
  it.each([
    ['2024-02', '2024-02-29', '2024-03', '2024-03-01'],
    ['2023-02', '2023-02-28', '2023-03', '2023-03-01'],
    ['2023-12', '2023-12-31', '2024-01', '2024-01-01'],
  ])(
    'parts %s (to %s) from %s (from %s), before it is sealed and after',
    async (ending, last, next, first) => {
      const customerId = `midnight-${ending}`;
      const send = async (referenceId: string, parts: object): Promise<{ recordId: string }> => {
        const body = { customerId, delta: 1, reason: 'usage', referenceId, ...parts };
        return (await gateway.post('/api/v1/balance/delta', body)).body.data;
      };
      const early = await send('a', { occurredAt: `${last}T23:59:59.000Z` });
      await send('b', { occurredAt: `${last}T23:59:59.999Z`, delta: 2 });
      await send('c', { occurredAt: `${first}T00:00:00.000Z`, delta: 4 });
      // The same moment as told in another zone.
      await send('d', { occurredAt: `${first}T02:00:00.999+02:00`, delta: 8 });
      const sealed = (await checkpoint({ customerId, period: ending })).body.data;
      expect(sealed).toMatchObject({ final: true, deltasCount: 2, openingBalance: 0, closingBalance: 3 });

      const correction = { occurredAt: `${last}T23:59:59.000Z`, adjusts: { recordId: early.recordId } };
      await send('late', { occurredAt: `${last}T23:59:59.999Z`, delta: 16 });
      await send('correction', { ...correction, delta: -1 });
      await send('in time', { occurredAt: `${first}T00:00:01Z`, delta: 32 });
      expect((await checkpoint({ customerId, period: ending })).body.data).toEqual(sealed);

      const following = (await checkpoint({ customerId, period: next })).body.data;
      expect(following).toMatchObject({
        ...{ final: true, deltasCount: 5, openingBalance: 3, closingBalance: 62 },
      });
      const proof = (await gateway.get(`/api/v1/balance/invoice-proof/${customerId}?period=${next}`)).body
        .data;
      expect(proof.deltas).toMatchObject([
        { referenceId: 'c', late: false, period: next },
        { referenceId: 'd', late: false, occurredAt: `${first}T00:00:00.999Z` },
        { referenceId: 'late', late: true, period: next, occurredAt: `${last}T23:59:59.999Z` },
        { referenceId: 'correction', late: true, adjusts: { recordId: early.recordId } },
        { referenceId: 'in time', late: false },
      ]);
      // By when it happened they stay apart, sealed or not.
      const window = `startDate=${ending}-01&endDate=${first}`;
      const derived = await gateway.get(`/api/v1/balance/derive/${customerId}?${window}`);
      expect(derived.body.data).toMatchObject({ computedBalance: 18, deltasCount: 4 });
    },
  );
});

describe('GET /checkpoints', () => {
  it('lists the latest first, of one customer or a scope, page by page', async () => {
    const list = async (query: string) =>
      (await gateway.get(`/api/v1/balance/checkpoints?${query}`)).body.data;
    // What was sealed last comes under a signed head within a second: until then two lists may differ in that.
    const all = await waitFor(async () => {
      const found = await list('limit=500');
      return found.checkpoints.every(({ published }: { published: boolean }) => published) && found;
    });
    const indexes = all.checkpoints.map(indexOf);
    expect(indexes).toEqual([...indexes].sort((left, right) => right - left));
    expect(all.pagination.total).toBe(indexes.length);
    const page = await list('limit=2&offset=1');
    expect(page.checkpoints).toEqual(all.checkpoints.slice(1, 3));
    const past = await list(`customerId=past&period=${lastMonth}`);
    expect(past.checkpoints).toMatchObject([{ customerId: 'past', final: true }]);
    const windows = await list(`startDate=${lastMonth}-05&endDate=${lastMonth}-20`);
    expect(windows.checkpoints).toMatchObject([{ customerId: 'window' }]);
    expect((await gateway.get('/api/v1/balance/checkpoints?customerId=nobody')).status).toBe(404);
    // The other environment has a log of its own, or none yet.
    const live = await gateway.get('/api/v1/balance/checkpoints', gateway.keys.live);
    expect(live.body.data).toEqual({ checkpoints: [], pagination: { total: 0, limit: 50, offset: 0 } });
  });
});

async function fetchFile(path: string): Promise<Response> {
  return await fetch(`${gateway.app.baseUrl}/log/${ORIGIN}/${path}`);
}

async function readHeadSize(): Promise<number> {
  return parseCheckpoint(parseNote(await (await fetchFile('checkpoint')).text()).text).size;
}

async function waitForHead(size: number): Promise<number> {
  await waitFor(async () => (await readHeadSize()) >= size);
  return await readHeadSize();
}

async function readEntries(size: number): Promise<Uint8Array[]> {
  const entries: Uint8Array[] = [];
  for (const tile of tilesBetween(0, size).filter(({ level }) => level === 0)) {
    const answer = await fetchFile(tilePath({ ...tile, level: 'entries' }));
    expect(answer.status).toBe(200);
    entries.push(...parseBundle(new Uint8Array(await answer.arrayBuffer())));
  }
  return entries;
}

describe('the public log', () => {
  it('has a head that verifies by the published key, and tiles and entries that make its root', async () => {
    const { keys } = (await (await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`)).json()) as {
      keys: { origin: string; verifierKey: string; current: boolean }[];
    };
    const own = keys.filter(({ origin }) => origin === ORIGIN);
    expect(own).toHaveLength(1);
    const key = parseVerifierKey(sha256, own[0]!.verifierKey);
    const answer = await fetchFile('checkpoint');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const note = parseNote(await answer.text());
    expect(await verifyNote(note, [key], verifyEd25519)).toMatchObject({ ok: true, ignored: [] });
    const head = parseCheckpoint(note.text);
    expect(head.origin).toBe(ORIGIN);

    const entries = await readEntries(head.size);
    expect(entries).toHaveLength(head.size);
    const leaves = entries.map((entry) => leafHash(sha256, entry));
    expect(naiveRoot(leaves)).toEqual(Buffer.from(head.root));
    for (const entry of entries)
      expect(parseSeal(JSON.parse(Buffer.from(entry).toString())).origin).toBe(ORIGIN);
    const tile = await fetchFile(tilePath({ level: 0, index: 0, width: head.size }));
    expect(tile.headers.get('cache-control')).toContain('immutable');
    expect(Buffer.from(await tile.arrayBuffer())).toEqual(Buffer.concat(leaves));
  });

  it.each([
    '',
    'tile',
    'tile/0/000',
    'tile/0/000.p/0',
    'tile/00/000.p/1',
    'tile/1/000.p/1',
    'tile/entries/001.p/1',
    'nothing',
  ])('has no file %j', async (path) => {
    expect((await fetchFile(path)).status).toBe(404);
  });
});

describe('without a checkpointer', () => {
  it('POST /checkpoint is a 503 that says when to come again, and the log is still served', async () => {
    await checkpointer.stop();
    const answer = await checkpoint({ customerId: 'customer_001' });
    expect([answer.status, answer.body.error.code]).toEqual([503, 'UNAVAILABLE']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await fetchFile('checkpoint')).status).toBe(200);
  });
});

describe('a checkpointer that died right after it had closed a month', () => {
  it('leaves it to the next one, which seals it by itself; what came in between is late', async () => {
    const { live } = gateway.keys;
    const send = async (delta: number): Promise<void> => {
      const body = { customerId: 'half-sealed', delta, reason: 'usage' };
      const occurredAt = `${lastMonth}-15T00:00:00Z`;
      const headers = { 'x-api-key': live };
      const answer = await gateway.post('/api/v1/balance/delta', { ...body, occurredAt }, headers);
      expect(answer.status).toBe(201);
    };
    await send(5);
    const connection = await connectLog({ url: gateway.nats.url, name: 'test' });
    const log = await openDeltaLog(connection, { lanes: 4 });
    for (let lane = 0; lane < 4; lane += 1) {
      const publishId = `closed-by-the-dead-${lane}`;
      const close = { environmentId: 'env_live', period: parsePeriod(lastMonth)! };
      await publishEnvelope(log, { lane, publishId, payload: encodeCloseEnvelope(publishId, close) }, 5_000);
    }
    await connection.close();
    await send(3);

    checkpointer = await spawnApp('checkpointer', {
      ...gateway.env,
      ...{ LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) },
      ...{ SEAL_GRACE_SECONDS: '0', SEAL_EVERY_SECONDS: '1' },
    });
    const list = async () =>
      (await gateway.get(`/api/v1/balance/checkpoints?period=${lastMonth}`, live)).body.data.checkpoints;
    await waitFor(async () => (await list()).length > 0, { timeoutMs: 15_000 });
    expect(await list()).toMatchObject([
      { customerId: 'half-sealed', final: true, deltasCount: 1, closingBalance: 5 },
    ]);
    const derived = await gateway.get('/api/v1/balance/derive/half-sealed', live);
    expect(derived.body.data.deltas).toMatchObject([
      { late: false, period: lastMonth },
      { late: true, period: thisMonth },
    ]);
  });
});
