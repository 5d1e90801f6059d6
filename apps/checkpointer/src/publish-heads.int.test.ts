import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLedgerPool,
  createSealPool,
  findSealLog,
  listHeads,
  listLogKeys,
  migrate,
  openSealLog,
  readHead,
} from '@pacspace/ledger';
import { verifySignature } from '@pacspace/node-crypto';
import { parseCheckpoint, parseNote, verifyNote } from '@pacspace/proof';
import { createLogger, HealthRegistry, Metrics } from '@pacspace/service';
import { createDatabase, waitFor } from '@pacspace/testing';
import type pg from 'pg';
import { checkStoredLog } from '../../../tests/support/check-stored-log.js';
import { CheckpointerMetrics } from './checkpointer-metrics.js';
import { logSigner } from './keys/log-signer.js';
import { LogWriter } from './log/log-writer.js';
import { HeadPublisher } from './publish-heads.js';
import type { SealDraft } from './seals/seal-draft.js';

let pool: pg.Pool;
let writers: pg.Pool;
let environments = 0;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 4 });
  writers = createSealPool({ url, name: 'test writers', max: 4 });
}, 60_000);

afterAll(async () => {
  await writers.end();
  await pool.end();
});

interface GrowingLog {
  readonly environmentId: string;
  readonly origin: string;
  readonly number: number;
  grow(seals: number): Promise<void>;
}

async function newLog(): Promise<GrowingLog> {
  environments += 1;
  const environmentId = `env_${environments}`;
  const { number, origin } = await openSealLog(pool, { environmentId, origin: `logs.test/${environmentId}` });
  let customers = 0;
  const nothing = (): void => undefined;
  const writer = new LogWriter({ writers, logNo: number, now: Date.now, onGrown: nothing, onIdle: nothing });
  const draft = (): SealDraft => {
    customers += 1;
    const customerId = `customer_${customers}`;
    const root = hash('sha256', customerId, 'buffer');
    const scope = { kind: 'period', period: 24_321 } as const;
    const indexes = { firstIndex: 0, lastIndex: 0, asOf: undefined };
    const amounts = { opening: '0', closing: '1' };
    return { customerNo: customers, customerId, scope, final: false, count: 1, root, ...indexes, ...amounts };
  };
  return {
    environmentId,
    origin,
    number,
    grow: async (seals) => {
      await writer.append(Array.from({ length: seals }, draft));
    },
  };
}

const SECRET = Buffer.alloc(32, 7);

function startPublisher(parts: { secret?: Buffer; clock?: { ms: number } } = {}) {
  const { secret = SECRET, clock } = parts;
  const health = new HealthRegistry({ app: 'test', version: '0' }).check('heads');
  const publisher = new HeadPublisher({
    writers,
    reads: pool,
    signingSecret: secret,
    now: () => clock?.ms ?? Date.now(),
    logger: createLogger({ app: 'test', level: 'fatal' }),
    health,
    metrics: new CheckpointerMetrics(new Metrics({ app: 'test', version: '0' })),
  });
  return { publisher, health };
}

const sizes = async ({ number }: GrowingLog): Promise<number[]> =>
  (await listHeads(pool, number, { after: 0, limit: 1_000 })).map(({ size }) => size);

describe('HeadPublisher', () => {
  it('signs what is there, each head a continuation of the last, and no two within a second', async () => {
    const log = await newLog();
    const clock = { ms: 1_000_000 };
    const { publisher, health } = startPublisher({ clock });
    await publisher.publishAll();
    expect(await sizes(log)).toEqual([]);
    const expected: number[] = [];
    let size = 0;
    for (const seals of [1, 1, 5, 249, 1, 300, 2]) {
      await log.grow(seals);
      size += seals;
      clock.ms += 999;
      await publisher.publishAll();
      clock.ms += 1;
      await publisher.publishAll();
      await publisher.publishAll();
      expected.push(size);
    }
    // The first had nobody before it; each other waited for its second to be over.
    expect(await sizes(log)).toEqual(expected);
    expect(health.state).toBe('ok');
    const { heads } = await checkStoredLog(pool, log.environmentId);
    expect(heads).toHaveLength(expected.length);
  });

  it('publishes a head once when several do at the same time, and what a dead one has left', async () => {
    const log = await newLog();
    await log.grow(3);
    const publishers = [1, 2, 3].map(() => startPublisher());
    await Promise.all(publishers.map(({ publisher }) => publisher.publishAll()));
    expect(await sizes(log)).toEqual([3]);
    await checkStoredLog(pool, log.environmentId);
  });

  it('runs: at once when poked, then not faster than every second, and once more at its end', async () => {
    const log = await newLog();
    const { publisher } = startPublisher();
    const stopping = new AbortController();
    const running = publisher.run(stopping.signal);
    await waitFor(async () => {
      await log.grow(1);
      publisher.poke();
      return (await sizes(log)).length >= 3;
    });
    const heads = await listHeads(pool, log.number, { after: 0, limit: 1_000 });
    heads.slice(1).forEach(({ publishedAtMs }, i) => {
      expect(publishedAtMs - heads[i]!.publishedAtMs).toBeGreaterThanOrEqual(1_000);
    });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await log.grow(1);
    stopping.abort();
    await running;
    const stored = await findSealLog(pool, log);
    expect(stored!.publishedSize).toBe(stored!.size);
    await checkStoredLog(pool, log.environmentId);
  });

  it.each([
    [
      'a leaf of the published part',
      'UPDATE seal.seal SET leaf_hash = sha256(leaf_hash) WHERE log_no = $1 AND log_index = 290',
    ],
    ['a seal that is gone', 'DELETE FROM seal.seal WHERE log_no = $1 AND log_index = 310'],
    ['a node', 'UPDATE seal.node SET hash = sha256(hash) WHERE log_no = $1'],
    [
      'the frontier',
      'UPDATE seal.log SET frontier = sha256(frontier) || substr(frontier, 33) WHERE number = $1',
    ],
    [
      'the last head',
      "UPDATE seal.head SET note = replace(note, E'\\n300\\n', E'\\n299\\n') WHERE log_no = $1",
    ],
    ['no head at all', 'DELETE FROM seal.head WHERE log_no = $1'],
  ])('signs nothing on top of a log of which something was changed: %s', async (_what, sql) => {
    const log = await newLog();
    const clock = { ms: 1_000_000 };
    const { publisher, health } = startPublisher({ clock });
    await log.grow(300);
    await publisher.publishAll();
    await log.grow(280);
    clock.ms += 5_000;
    await pool.query(sql, [log.number]);
    await publisher.publishAll();
    expect((await findSealLog(pool, log))!.publishedSize).toBe(300);
    expect(health.state).toBe('failed');
    // For the tests after this one.
    await pool.query('UPDATE seal.log SET size = published_size WHERE number = $1', [log.number]);
  });

  it('with a new key signs the last head, too; both keys stay known, and old heads verify', async () => {
    const log = await newLog();
    await log.grow(2);
    await startPublisher().publisher.publishAll();
    const before = (await readHead(pool, log.number))!;

    const secret = Buffer.alloc(32, 8);
    const { publisher } = startPublisher({ secret });
    const stopping = new AbortController();
    const running = publisher.run(stopping.signal);
    await waitFor(async () => (await readHead(pool, log.number))!.note !== before.note);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await log.grow(1);
    stopping.abort();
    await running;

    const [oldKey, newKey] = [SECRET, secret].map((one) => logSigner(one, log.origin).key);
    const known = await listLogKeys(pool, { origin: log.origin, limit: 10 });
    expect(known.map(({ publicKey }) => Buffer.from(publicKey))).toEqual([
      Buffer.from(newKey!.publicKey),
      Buffer.from(oldKey!.publicKey),
    ]);
    const resigned = parseNote((await readHead(pool, log.number, 2))!.note);
    for (const key of [oldKey!, newKey!]) {
      expect(await verifyNote(resigned, [key], verifySignature)).toMatchObject({ ok: true });
    }
    expect(parseNote(before.note).text).toBe(resigned.text);
    const next = parseNote((await readHead(pool, log.number))!.note);
    expect(parseCheckpoint(next.text).size).toBe(3);
    expect(await verifyNote(next, [newKey!], verifySignature)).toMatchObject({ ok: true });
    expect(await verifyNote(next, [oldKey!], verifySignature)).toMatchObject({ ok: false });
    await checkStoredLog(pool, log.environmentId);
  });
});
