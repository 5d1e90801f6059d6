import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DiscardPolicy } from '@nats-io/jetstream';
import { getBalance, closeCache, connectCache, type Cache } from '@pacspace/cache';
import { laneOf } from '@pacspace/domain';
import { createLedgerPool, findRecords, loadLanes, migrate } from '@pacspace/ledger';
import { connectLog, type DeltaLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import {
  buildDelta,
  createDatabase,
  createRedis,
  type Ended,
  runProgram,
  spawnApp,
  type SpawnedApp,
  startNats,
  type TestNats,
  waitFor,
} from '@pacspace/testing';
import { type DeltaEvents, encodeDelta, encodeEnvelope, type EnvelopeDelta } from '@pacspace/wire';
import type pg from 'pg';
import { UNTOLD_TURNS } from './lane-teller.js';

const LANES = 2;

let nats: TestNats;
let log: DeltaLog;
let pool: pg.Pool;
let cache: Cache;
let env: Record<string, string>;
let projector: SpawnedApp;
let published = 0;

beforeAll(async () => {
  nats = await startNats();
  const database = await createDatabase({ name: 'ledger', migrate });
  const redis = await createRedis();
  env = {
    NATS_URL: nats.url,
    NATS_MONITOR_URL: nats.monitorUrl,
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    LANES: String(LANES),
  };
  log = await openDeltaLog(await connectLog({ url: nats.url, name: 'test' }), {
    lanes: LANES,
    monitorUrl: nats.monitorUrl,
  });
  pool = createLedgerPool({ url: database.url, name: 'test', max: 2 });
  cache = connectCache({ url: redis.url, name: 'test', onError: () => undefined });
  projector = await spawnApp('projector', env);
}, 60_000);

afterAll(async () => {
  await projector.stop();
  closeCache(cache);
  await pool.end();
  await log.connection.close();
  await nats.stop();
}, 60_000);

async function publish(deltas: readonly EnvelopeDelta[]): Promise<number> {
  const [first] = deltas;
  const lane = laneOf(first!.environmentId, first!.customerId, LANES);
  published += 1;
  const publishId = `test-${published}`;
  return await publishEnvelope(
    log,
    { lane, publishId, payload: encodeEnvelope(publishId, deltas.map(encodeDelta)) },
    5_000,
  );
}

async function caughtUp(): Promise<void> {
  await waitFor(async () => {
    const info = await log.manager.streams.info('DELTAS');
    const lanes = await loadLanes(pool);
    return lanes.reduce((sum, lane) => sum + lane.envelopes, 0) === info.state.messages;
  });
}

interface EntryShape {
  idx: string;
  amount: string;
  balance: string;
}

async function entriesOf(customerId: string): Promise<EntryShape[]> {
  const { rows } = await pool.query<EntryShape>(
    `SELECT e.idx, e.amount::text, e.balance::text FROM entry e JOIN customer c ON c.number = e.customer_no
      WHERE c.customer_id = $1 ORDER BY e.idx`,
    [customerId],
  );
  return rows;
}

describe('projector', () => {
  it('records deltas in order, with a gap-free index and a running balance, in all three places', async () => {
    const deltas = ['100', '-0.000000000001', '2.5'].map((amount, i) =>
      buildDelta({ customerId: 'alice', amount, key: `k${i}` }),
    );
    const sequence = await publish(deltas);
    await caughtUp();
    expect(await entriesOf('alice')).toEqual([
      { idx: '0', amount: '100', balance: '100' },
      { idx: '1', amount: '-0.000000000001', balance: '99.999999999999' },
      { idx: '2', amount: '2.5', balance: '102.499999999999' },
    ]);
    const lane = laneOf('env_test', 'alice', LANES);
    await waitFor(async () => {
      const balance = (await getBalance(cache, { lane, environmentId: 'env_test', customerId: 'alice' }))
        ?.balance;
      return balance?.balance === '102.499999999999' && balance.lastSequence === sequence;
    });
    const events = await eventsThrough(lane, sequence);
    expect(events.verified).toEqual([
      {
        environmentId: 'env_test',
        customerId: 'alice',
        firstIndex: 0,
        recordKeys: deltas.map((delta) => delta.recordKey),
        created: true,
      },
    ]);
  });

  it('counts a key once for ever, and rejects another content under it visibly', async () => {
    const first = buildDelta({ customerId: 'bob', amount: '5', key: 'same', metadata: { a: 1 } });
    const other = buildDelta({ customerId: 'bob', amount: '6', key: 'same', metadata: { a: 1 } });
    await publish([first, first, other]);
    await publish([first]);
    await publish([other, first]);
    await caughtUp();
    expect(await entriesOf('bob')).toEqual([{ idx: '0', amount: '5', balance: '5' }]);
    const { rows } = await pool.query<{ code: string }>(
      "SELECT code FROM rejection WHERE customer_id = 'bob' ORDER BY sequence",
    );
    expect(rows.map((row) => row.code)).toEqual(['IDEMPOTENCY_CONFLICT', 'IDEMPOTENCY_CONFLICT']);
  });

  it('rejects a delta whose content is not what was fingerprinted', async () => {
    const honest = buildDelta({ customerId: 'carol', amount: '5', key: 'a' });
    await publish([{ ...honest, amount: '500' }, buildDelta({ customerId: 'carol', amount: '7', key: 'b' })]);
    await caughtUp();
    expect(await entriesOf('carol')).toEqual([{ idx: '0', amount: '7', balance: '7' }]);
  });

  it('takes a correction of a recorded delta of the same customer only', async () => {
    const wrong = buildDelta({ customerId: 'dave', amount: '5', key: 'wrong' });
    const elsewhere = buildDelta({ customerId: 'erin', amount: '5', key: 'wrong' });
    await publish([elsewhere]);
    await publish([
      wrong,
      buildDelta({ customerId: 'dave', amount: '-5', key: 'right', adjustsKey: wrong.recordKey }),
      buildDelta({ customerId: 'dave', amount: '-1', key: 'foreign', adjustsKey: elsewhere.recordKey }),
      buildDelta({ customerId: 'dave', amount: '-1', key: 'unknown', adjustsKey: 'f'.repeat(32) }),
    ]);
    await caughtUp();
    expect((await entriesOf('dave')).map((entry) => entry.balance)).toEqual(['5', '0']);
  });

  it('puts an unreadable envelope aside with the reason, and the lane goes on', async () => {
    const lane = laneOf('env_test', 'frank', LANES);
    await publishEnvelope(log, { lane, publishId: 'poison', payload: '{"v":99}' }, 5_000);
    await publish([buildDelta({ customerId: 'frank', amount: '1', key: 'a' })]);
    await caughtUp();
    expect(await entriesOf('frank')).toHaveLength(1);
    const dead = await waitFor(() =>
      log.manager.direct.getMessage('DEADLETTERS', { last_by_subj: `dead.deltas.${lane}` }),
    );
    expect(dead.header.get('Pacspace-Dead-Reason')).toContain('version 99');
  });

  it('goes on while the event stream takes nothing, and tells all of it afterwards', async () => {
    const lane = laneOf('env_test', 'gina', LANES);
    const told = await publish([buildDelta({ customerId: 'gina', amount: '1', key: 'told' })]);
    await eventsThrough(lane, told);
    const { max_bytes, discard } = (await log.manager.streams.info('EVENTS')).config;
    await log.manager.streams.update('EVENTS', { max_bytes: 1, discard: DiscardPolicy.New });
    let last = 0;
    // More than may wait: the lane's session ends, and the next one goes on with all of them as one.
    const turns = UNTOLD_TURNS + 2;
    for (let turn = 0; turn < turns; turn += 1) {
      last = await publish([buildDelta({ customerId: 'gina', amount: '1', key: `untold ${turn}` })]);
      await caughtUp();
    }
    expect(await entriesOf('gina')).toHaveLength(1 + turns);
    await waitFor(async () => (await eventsCheck()) === 'degraded');
    // Killed with what it kept to itself: the next session tells it from the ledger.
    await projector.kill9();
    projector = await spawnApp('projector', env);
    await waitFor(async () => (await eventsCheck()) === 'degraded');

    await log.manager.streams.update('EVENTS', { max_bytes, discard });
    await waitFor(async () => (await eventsCheck()) === 'ok');
    await eventsThrough(lane, last);
    const { rows } = await pool.query<{ record_key: string }>(
      `SELECT replace(record_key::text, '-', '') AS record_key FROM entry JOIN customer ON number = customer_no
        WHERE customer_id = 'gina' ORDER BY idx`,
    );
    expect(await keysVerified(lane, 'gina')).toEqual(rows.map((row) => row.record_key));
  }, 60_000);

  it('is killed and started again under load, and neither loses nor doubles', async () => {
    const customers = ['kim', 'lee', 'max'];
    let sent = 0;
    for (let round = 0; round < 3; round += 1) {
      for (let i = 0; i < 20; i += 1) {
        const customerId = customers[i % 3]!;
        const deltas = Array.from({ length: 10 }, (_, n) =>
          buildDelta({ customerId, amount: '1', key: `${round}-${i}-${n}` }),
        );
        await publish(deltas);
        sent += deltas.length;
      }
      await projector.kill9();
      projector = await spawnApp('projector', env);
    }
    await caughtUp();
    const { rows } = await pool.query<{ count: string; balance: string; entries: string; top: string }>(
      `SELECT sum(c.count) AS count, sum(c.balance) AS balance, sum(e.n) AS entries, sum(e.top) AS top
         FROM customer c JOIN (SELECT customer_no, count(*) AS n, max(idx) + 1 AS top FROM entry GROUP BY 1) e
           ON e.customer_no = c.number WHERE c.customer_id IN ('kim', 'lee', 'max')`,
    );
    expect(rows).toEqual([
      { count: String(sent), balance: String(sent), entries: String(sent), top: String(sent) },
    ]);
  }, 60_000);

  it('shares a log with a second projector without counting twice', async () => {
    const second = await spawnApp('projector', env);
    const keys: string[] = [];
    for (let i = 0; i < 50; i += 1) {
      const delta = buildDelta({ customerId: `two-${i % 5}`, amount: '3', key: `k${i}` });
      keys.push(delta.recordKey);
      await publish([delta]);
      if (i === 25) await projector.stop();
    }
    await caughtUp();
    expect(await findRecords(pool, keys)).toHaveLength(50);
    const { rows } = await pool.query<{ sum: string }>(
      "SELECT sum(balance)::text AS sum FROM customer WHERE customer_id LIKE 'two-%'",
    );
    expect(rows).toEqual([{ sum: '150' }]);
    projector = second;
  }, 60_000);
});

describe('projector check and rebuild', () => {
  it('agree while nothing has been touched, beside the running projector', async () => {
    expect(await runProjector('check')).toMatchObject({ code: 0 });
    const { code, output } = await runProjector('rebuild', '--swap', 'never');
    expect(output).toContain('equal to the one in use, row by row');
    expect(code).toBe(0);
  }, 60_000);

  it('name what was changed by hand, and put the truth of the log in its place', async () => {
    await pool.query(
      `UPDATE entry SET amount = 99, balance = balance + 94
        WHERE customer_no = (SELECT number FROM customer WHERE customer_id = 'bob')`,
    );
    const checked = await runProjector('check');
    expect(checked.code).toBe(1);
    expect(checked.output).toContain('env_test bob: count 1, entries 1');

    const rebuilt = await runProjector('rebuild', '--swap', 'equal');
    expect(rebuilt.code).toBe(1);
    expect(rebuilt.output).toContain('DIFFERS entry');
    expect(rebuilt.output).toContain('not swapped in');
    expect(await entriesOf('bob')).toEqual([{ idx: '0', amount: '99', balance: '99' }]);

    const swapped = await runProjector('rebuild', '--swap', 'always');
    expect(swapped.output).toContain('swapped in');
    expect(await entriesOf('bob')).toEqual([{ idx: '0', amount: '5', balance: '5' }]);
    // The projector that runs has been fenced, and goes on in the new tables.
    await publish([buildDelta({ customerId: 'bob', amount: '2', key: 'after the swap' })]);
    await caughtUp();
    expect(await entriesOf('bob')).toEqual([
      { idx: '0', amount: '5', balance: '5' },
      { idx: '1', amount: '2', balance: '7' },
    ]);
    expect(await runProjector('check')).toMatchObject({ code: 0 });
  }, 60_000);
});

/** All that the event stream says of a customer, in its order. */
async function keysVerified(lane: number, customerId: string): Promise<string[]> {
  const keys: string[] = [];
  const next_by_subj = `events.${lane}`;
  for (let seq = 1; ;) {
    const message = await log.manager.direct.getMessage('EVENTS', { seq, next_by_subj });
    if (message === null) return keys;
    const { verified } = message.json<DeltaEvents>();
    keys.push(...verified.flatMap((run) => (run.customerId === customerId ? run.recordKeys : [])));
    seq = message.seq + 1;
  }
}

async function eventsCheck(): Promise<string | undefined> {
  const response = await fetch(`${projector.operationsUrl}/health`);
  const { checks } = (await response.json()) as { checks: { name: string; state: string }[] };
  return checks.find(({ name }) => name === 'events')?.state;
}

function runProjector(...args: readonly string[]): Promise<Ended> {
  const main = new URL('../dist/main.js', import.meta.url).pathname;
  return runProgram([process.execPath, main, ...args], { env });
}

/** The lane's last events, once they have come to tell of the sequence. */
async function eventsThrough(lane: number, sequence: number): Promise<DeltaEvents> {
  return await waitFor(async () => {
    const message = await log.manager.direct.getMessage('EVENTS', { last_by_subj: `events.${lane}` });
    const events = message?.json<DeltaEvents>();
    return (events?.throughSequence ?? 0) >= sequence && events;
  });
}
