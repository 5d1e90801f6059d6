import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLedgerPool, migrate } from '@pacspace/ledger';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import { Metrics } from '@pacspace/service';
import { buildDelta, createDatabase, startNats, type TestNats, waitFor } from '@pacspace/testing';
import { encodeDelta, encodeEnvelope } from '@pacspace/wire';
import type pg from 'pg';
import { exposeLag } from './lane-lag.js';
import { LaneWriter } from './lane-writer.js';

const LANES = 2;

let nats: TestNats;
let log: DeltaLog;
let pool: pg.Pool;

beforeAll(async () => {
  const [started, { url }] = await Promise.all([startNats(), createDatabase({ name: 'ledger', migrate })]);
  nats = started;
  const connection = await connectLog({ url: nats.url, name: 'test' });
  log = await openDeltaLog(connection, { lanes: LANES, monitorUrl: nats.monitorUrl });
  pool = createLedgerPool({ url, name: 'test', max: 3 });
}, 60_000);

afterAll(async () => {
  await pool.end();
  await log.connection.close();
  await nats.stop();
}, 60_000);

async function publish(lane: number, name: string, count: number): Promise<number> {
  const deltas = Array.from({ length: count }, (_, i) =>
    buildDelta({ customerId: 'late', amount: '1', key: `${name} ${i}` }),
  );
  const payload = encodeEnvelope(name, deltas.map(encodeDelta));
  return await publishEnvelope(log, { lane, publishId: name, payload }, 5_000);
}

/** What a scraper reads of the lag, by lane. */
async function scrape(concerned: readonly number[]): Promise<Record<string, Record<string, number>>> {
  const metrics = new Metrics({ app: 'test', version: '0' });
  exposeLag(metrics, { log, pool, concerned: () => concerned });
  const found: Record<string, Record<string, number>> = {};
  for (const line of (await metrics.text()).split('\n')) {
    const [, unit = '', lane = '', value] =
      /^pacspace_lane_lag_(\w+)\{lane="(\d+)".*\} (\S+)$/.exec(line) ?? [];
    if (value !== undefined) (found[lane] ??= {})[unit] = Number(value);
  }
  return found;
}

describe('the lag of a lane', () => {
  it('is what the log holds and the ledger lacks, and grows while nobody folds', async () => {
    await publish(0, 'a', 3);
    await publish(0, 'b', 3);
    const [lag] = Object.values(await scrape([0]));
    expect(lag).toMatchObject({ envelopes: 2, deltas: 6 });
    await waitFor(async () => ((await scrape([0]))['0']?.['seconds'] ?? 0) > lag!['seconds']!);
  });

  it('is told of lanes that concern this process only, and is 0 where nothing waits', async () => {
    expect(Object.keys(await scrape([1]))).toEqual(['1']);
    const writer = new LaneWriter(1, LANES, pool);
    await writer.open();
    const deltas = [buildDelta({ customerId: 'early', amount: '1', key: 'x' })];
    const payload = encodeEnvelope('c', deltas.map(encodeDelta));
    const sequence = await publishEnvelope(log, { lane: 1, publishId: 'c', payload }, 5_000);
    expect(await scrape([1])).toMatchObject({ 1: { envelopes: 1, deltas: 1 } });
    await writer.write([{ sequence, recordedAtMs: Date.now(), payload, traceparent: undefined }], 0);
    expect(await scrape([1])).toEqual({ 1: { envelopes: 0, deltas: 0, seconds: 0 } });
  });

  it('has no figure when a store does not answer', async () => {
    const broken = new Metrics({ app: 'test', version: '0' });
    const away = { query: () => Promise.reject(new Error('away')) } as unknown as pg.Pool;
    exposeLag(broken, { log, pool: away, concerned: () => [0] });
    expect(await broken.text()).not.toMatch(/^pacspace_lane_lag_\w+\{/m);
  });
});
