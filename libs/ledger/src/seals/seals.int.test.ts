import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, waitFor } from '@pacspace/testing';
import type pg from 'pg';
import { migrate } from '../migrate.js';
import { createLedgerPool } from '../pool.js';
import { appendSeals, type SealAppend, type SealRow } from './append-seals.js';
import {
  countSeals,
  findLatestSeals,
  findPeriodSeal,
  findSealsByRoot,
  listRunSeals,
  listSeals,
  readSeal,
} from './find-seals.js';
import { listHeads, publishHead, readHead } from './heads.js';
import { addLogKey, listLogKeys } from './log-keys.js';
import { createSealPool, LogLease } from './log-lease.js';
import { readLogEntries, readLogHashes } from './read-log.js';
import { findRequests } from './requests.js';
import { findRun, markSealedThrough, recordRun } from './runs.js';
import { findSealLog, listSealLogs, openSealLog, type SealLog } from './seal-log.js';

let url: string;
let pool: pg.Pool;
let writers: pg.Pool;
let environments = 0;

beforeAll(async () => {
  url = (await createDatabase({ name: 'ledger', migrate })).url;
  pool = createLedgerPool({ url, name: 'test', max: 3 });
  writers = createSealPool({ url, name: 'test writers', max: 3 });
}, 60_000);

afterAll(async () => {
  await writers.end();
  await pool.end();
});

const hex = (text: string): string => createHash('sha256').update(text).digest('hex');

function newLog(): Promise<SealLog> {
  environments += 1;
  const environmentId = `env_${environments}`;
  return openSealLog(pool, { environmentId, origin: `test.local/${environmentId}` });
}

/** Rows that follow each other from `first` on; nobody here looks into the hashes. */
function makeSeals(first: number, count: number, parts: Partial<SealRow> = {}): SealRow[] {
  return Array.from({ length: count }, (_, i) => {
    const logIndex = first + i;
    const body = `{"seal":${logIndex},"text":"tab\\tand \\\\ backslash"}`;
    const ids = { root: hex(`root ${logIndex}`), leafHash: hex(body) };
    return {
      logIndex,
      customerNo: logIndex,
      scope: '2026-10',
      count: 1,
      final: false,
      ...ids,
      body,
      ...parts,
    };
  });
}

function append(fromSize: number, seals: readonly SealRow[], parts: Partial<SealAppend> = {}): SealAppend {
  const size = fromSize + seals.length;
  return {
    fromSize,
    size,
    frontier: hex(`frontier ${size}`),
    sealedAtMs: 1_000 + size,
    seals,
    nodes: [],
    requests: [],
    ...parts,
  };
}

async function withLease<T>(logNo: number, work: (lease: LogLease) => Promise<T>): Promise<T> {
  const lease = await LogLease.take(writers, logNo);
  try {
    const result = await work(lease);
    await lease.release();
    return result;
  } catch (error) {
    lease.abandon(error as Error);
    throw error;
  }
}

describe('a log', () => {
  it('is made once, and keeps the origin that it was made with', async () => {
    const log = await newLog();
    expect(log).toMatchObject({ size: 0, sealedAtMs: 0, publishedSize: 0, sealedThrough: undefined });
    const again = await openSealLog(pool, { environmentId: log.environmentId, origin: 'elsewhere/x' });
    expect(again).toEqual(log);
    expect(await findSealLog(pool, { origin: log.origin })).toEqual(log);
    expect(await findSealLog(pool, { number: log.number })).toEqual(log);
    expect(await findSealLog(pool, { environmentId: 'nobody' })).toBeUndefined();
    expect((await listSealLogs(pool)).map(({ number }) => number)).toContain(log.number);
  });

  it('is made once also by several at the same time', async () => {
    const of = { environmentId: 'env_raced', origin: 'test.local/env_raced' };
    const opened = await Promise.all(Array.from({ length: 6 }, () => openSealLog(pool, of)));
    expect(new Set(opened.map(({ number }) => number)).size).toBe(1);
  });

  it('grows by whole transactions, and gives back what was put in', async () => {
    const log = await newLog();
    const nodes = [{ level: 8, index: 0, hash: hex('node') }];
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 700), { nodes })));
    await withLease(log.number, (lease) => appendSeals(lease, append(700, makeSeals(700, 3))));
    expect(await findSealLog(pool, log)).toMatchObject({ size: 703, sealedAtMs: 1_703 });
    expect((await findSealLog(pool, log))!.frontier).toEqual(Buffer.from(hex('frontier 703'), 'hex'));

    const expected = makeSeals(0, 703);
    expect(await readLogEntries(pool, log.number, { first: 698, count: 256 })).toEqual(
      expected.slice(698).map(({ body }) => body),
    );
    expect(await readLogHashes(pool, log.number, { level: 0, first: 255, count: 3 })).toEqual(
      expected.slice(255, 258).map(({ leafHash }) => Buffer.from(leafHash, 'hex')),
    );
    expect(await readLogHashes(pool, log.number, { level: 8, first: 0, count: 2 })).toEqual([
      Buffer.from(hex('node'), 'hex'),
    ]);
    const { leafHash, root, ...plain } = expected[5]!;
    expect(await readSeal(pool, log.number, 5)).toEqual({
      ...plain,
      logNo: log.number,
      root: Buffer.from(root, 'hex'),
      leafHash: Buffer.from(leafHash, 'hex'),
    });
    expect(await readSeal(pool, log.number, 703)).toBeUndefined();
  });

  it('refuses whoever does not know its size, and keeps nothing of what he brought', async () => {
    const log = await newLog();
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 2))));
    for (const from of [0, 1, 3]) {
      const stale = append(from, makeSeals(from, 2), {
        requests: [{ keyHash: hex('key'), bodyHash: hex('body'), answer: { logIndex: 0 } }],
      });
      await expect(withLease(log.number, (lease) => appendSeals(lease, stale))).rejects.toMatchObject({
        code: 'FENCED',
      });
    }
    expect(await listSeals(pool, log.number, { limit: 10, offset: 0 })).toHaveLength(2);
    expect(await findRequests(pool, log.number, [hex('key')])).toEqual(new Map());
    expect((await findSealLog(pool, log))!.size).toBe(2);
  });

  it('is undone whole when its last row fails', async () => {
    const log = await newLog();
    const twice = [...makeSeals(0, 3), ...makeSeals(1, 1)];
    await expect(
      withLease(log.number, (lease) => appendSeals(lease, append(0, twice))),
    ).rejects.toMatchObject({ code: '23505' });
    expect(await findSealLog(pool, log)).toEqual(log);
    expect(await countSeals(pool, log.number, { most: 10 })).toBe(0);
  });
});

describe('a lease', () => {
  it('lets one writer in at a time, and the next one as soon as it is given back', async () => {
    const log = await newLog();
    const first = await LogLease.take(writers, log.number);
    let taken = false;
    const second = LogLease.take(writers, log.number).then((lease) => {
      taken = true;
      return lease;
    });
    const other = await LogLease.take(writers, (await newLog()).number);
    await other.release();
    expect(taken).toBe(false);
    await first.release();
    await (await second).release();
  });

  it('ends with the session that has it: the next writer finds it free, the first one is cut off', async () => {
    const log = await newLog();
    const first = await LogLease.take(writers, log.number);
    await appendSeals(first, append(0, makeSeals(0, 1)));
    const pid = await pidOf(first);
    await pool.query('SELECT pg_terminate_backend($1)', [pid]);
    await withLease(log.number, (lease) => appendSeals(lease, append(1, makeSeals(1, 1))));
    await expect(appendSeals(first, append(1, makeSeals(1, 1)))).rejects.toThrow();
    first.abandon(new Error('cut off'));
    expect((await findSealLog(pool, log))!.size).toBe(2);
  });

  it('is taken from a writer that has fallen silent, within seconds, and its open transaction with it', async () => {
    const log = await newLog();
    const quick = createSealPool({ url, name: 'silent', max: 1 });
    const silent = await LogLease.take(quick, log.number);
    await silent.client.query("SET idle_in_transaction_session_timeout = '300ms'");
    const never = new Promise<void>(() => undefined);
    void silent
      .transaction(async (client) => {
        await client.query('UPDATE seal.log SET size = 99 WHERE number = $1', [log.number]);
        await never;
      })
      .catch(() => undefined);
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 1))));
    expect((await findSealLog(pool, log))!.size).toBe(1);
    silent.abandon(new Error('replaced'));
    await quick.end();
  });

  it('leaves no session with a lock behind', async () => {
    await waitFor(async () => {
      const { rows } = await pool.query(
        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = $1",
        [0x6c6f6773],
      );
      return rows.length === 0;
    });
  });
});

async function pidOf(lease: LogLease): Promise<number> {
  const { rows } = await lease.client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]!.pid;
}

describe('heads', () => {
  const note = (size: number, by = 'key'): string => `note ${size} by ${by}\n`;

  it('only grow, never past the log, and not faster than told', async () => {
    const log = await newLog();
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 10))));
    const publish = (afterSize: number, size: number, publishedAtMs: number): Promise<boolean> =>
      publishHead(pool, {
        logNo: log.number,
        afterSize,
        size,
        publishedAtMs,
        note: note(size),
        pauseMs: 1_000,
      });
    expect(await publish(0, 11, 5_000)).toBe(false);
    expect(await publish(0, 4, 5_000)).toBe(true);
    expect(await publish(0, 6, 7_000)).toBe(false);
    expect(await publish(4, 3, 7_000)).toBe(false);
    expect(await publish(4, 6, 5_999)).toBe(false);
    expect(await publish(4, 6, 6_000)).toBe(true);
    expect(await readHead(pool, log.number)).toEqual({ size: 6, publishedAtMs: 6_000, note: note(6) });
    expect(await readHead(pool, log.number, 5)).toMatchObject({ size: 4 });
    expect(await readHead(pool, log.number, 3)).toBeUndefined();
    expect((await listHeads(pool, log.number, { after: 0, limit: 10 })).map(({ size }) => size)).toEqual([
      4, 6,
    ]);
    expect(await findSealLog(pool, log)).toMatchObject({ publishedSize: 6, publishedAtMs: 6_000 });
  });

  it('may be signed once more by a new key', async () => {
    const log = await newLog();
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 2))));
    const head = { logNo: log.number, size: 2, pauseMs: 0 };
    expect(await publishHead(pool, { ...head, afterSize: 0, publishedAtMs: 1, note: note(2) })).toBe(true);
    expect(await publishHead(pool, { ...head, afterSize: 2, publishedAtMs: 2, note: note(2, 'both') })).toBe(
      true,
    );
    expect(await readHead(pool, log.number)).toMatchObject({ note: note(2, 'both') });
  });

  it('are published once by several at the same time', async () => {
    const log = await newLog();
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 2))));
    const head = { logNo: log.number, afterSize: 0, size: 2, publishedAtMs: 1, note: note(2), pauseMs: 0 };
    const done = await Promise.all([1, 2, 3].map(() => publishHead(pool, head)));
    expect(done.filter(Boolean)).toHaveLength(1);
  });
});

describe('keys of a log', () => {
  it('stay known, the newest first, and each from when it was first used', async () => {
    const log = await newLog();
    const key = (byte: number): Buffer => Buffer.alloc(32, byte);
    await addLogKey(pool, { logNo: log.number, publicKey: key(1), validFromMs: 10 });
    await addLogKey(pool, { logNo: log.number, publicKey: key(2), validFromMs: 20 });
    await addLogKey(pool, { logNo: log.number, publicKey: key(1), validFromMs: 30 });
    const { number: logNo, origin } = log;
    expect(await listLogKeys(pool, { origin, limit: 10 })).toEqual([
      { logNo, origin, publicKey: key(2), validFromMs: 20 },
      { logNo, origin, publicKey: key(1), validFromMs: 10 },
    ]);
    expect(await listLogKeys(pool, { limit: 1 })).toHaveLength(1);
    expect(await listLogKeys(pool, { origin: 'nowhere', limit: 10 })).toEqual([]);
  });
});

describe('finding seals', () => {
  it('by customer and scope, by root, and by list', async () => {
    const log = await newLog();
    const customerNo = 1_000_000;
    const first = makeSeals(0, 3, { customerNo });
    const other = makeSeals(3, 2, { customerNo: customerNo + 1, scope: '2026-11', root: hex('one root') });
    await withLease(log.number, (lease) => appendSeals(lease, append(0, [...first, ...other])));
    const found = await findLatestSeals(pool, log.number, [
      { customerNo, scope: '2026-10' },
      { customerNo, scope: '2026-11' },
      { customerNo: customerNo + 1, scope: '2026-11' },
    ]);
    expect([...found].map(([place, { logIndex }]) => [place, logIndex])).toEqual([
      [0, 2],
      [2, 4],
    ]);
    const period = 2026 * 12 + 9;
    expect(await findPeriodSeal(pool, { customerNo, period, logSize: 5 })).toMatchObject({ logIndex: 2 });
    expect(await findPeriodSeal(pool, { customerNo, period, logSize: 2 })).toMatchObject({ logIndex: 1 });
    expect(await findPeriodSeal(pool, { customerNo, period, logSize: 0 })).toBeUndefined();
    expect(
      (await findSealsByRoot(pool, Buffer.from(hex('one root'), 'hex'))).map(({ logIndex }) => logIndex),
    ).toEqual([4, 3]);

    const indexes = async (query: {
      customerNo?: number;
      scope?: string;
      offset?: number;
    }): Promise<number[]> =>
      (await listSeals(pool, log.number, { limit: 2, offset: 0, ...query })).map(({ logIndex }) => logIndex);
    expect(await indexes({})).toEqual([4, 3]);
    expect(await indexes({ offset: 4 })).toEqual([0]);
    expect(await indexes({ customerNo })).toEqual([2, 1]);
    expect(await indexes({ scope: '2026-11' })).toEqual([4, 3]);
    expect(await countSeals(pool, log.number, { customerNo, most: 100 })).toBe(3);
    expect(await countSeals(pool, log.number, { most: 4 })).toBe(4);
  });
});

describe('runs and requests', () => {
  it('keep which seals belong together, as few ranges, and what a key was answered with', async () => {
    const log = await newLog();
    await withLease(log.number, (lease) => appendSeals(lease, append(0, makeSeals(0, 12))));
    const request = { keyHash: hex('key'), bodyHash: hex('body') };
    const run = {
      scope: '2026-10',
      root: hex('run'),
      count: 6,
      entries: 9,
      madeAtMs: 7,
      members: [0, 1, 2, 5, 10, 11],
    };
    const number = await withLease(log.number, (lease) => recordRun(lease, 12, { ...run, request }));
    const again = await withLease(log.number, (lease) => recordRun(lease, 12, { ...run, madeAtMs: 99 }));
    expect(again).toBe(number);
    const root = Buffer.from(run.root, 'hex');
    const stored = { number, logNo: log.number, scope: '2026-10', count: 6, entries: 9, root, madeAtMs: 7 };
    expect(await findRun(pool, { runNo: number })).toEqual(stored);
    expect(await findRun(pool, { root })).toEqual(stored);
    expect(await findRun(pool, { runNo: number + 1_000 })).toBeUndefined();
    const { rows } = await pool.query<{ members: string }>('SELECT members FROM seal.run WHERE number = $1', [
      number,
    ]);
    expect(rows[0]!.members).toBe('{[0,3),[5,6),[10,12)}');
    expect(
      (await listRunSeals(pool, number, { limit: 4, offset: 1 })).map(({ logIndex }) => logIndex),
    ).toEqual([1, 2, 5, 10]);
    expect(await findRequests(pool, log.number, [hex('key'), hex('other')])).toEqual(
      new Map([[hex('key'), { ...request, answer: { runNo: number } }]]),
    );
    await expect(withLease(log.number, (lease) => recordRun(lease, 11, run))).rejects.toMatchObject({
      code: 'FENCED',
    });
  });

  it('know through which period all is sealed, which only grows', async () => {
    const log = await newLog();
    for (const period of [24_321, 3])
      await withLease(log.number, (lease) => markSealedThrough(lease, 0, period));
    expect((await findSealLog(pool, log))!.sealedThrough).toBe(24_321);
    await expect(withLease(log.number, (lease) => markSealedThrough(lease, 1, 24_400))).rejects.toMatchObject(
      { code: 'FENCED' },
    );
    expect((await findSealLog(pool, log))!.sealedThrough).toBe(24_321);
  });

  it('of nobody are runs, too', async () => {
    const log = await newLog();
    const run = { scope: '2026-10', root: hex(''), count: 0, entries: 0, madeAtMs: 7, members: [] };
    const number = await withLease(log.number, (lease) => recordRun(lease, 0, run));
    expect(await listRunSeals(pool, number, { limit: 4, offset: 0 })).toEqual([]);
  });

  it('keep a key’s first answer', async () => {
    const log = await newLog();
    const request = { keyHash: hex('k'), bodyHash: hex('b') };
    const answered = (logIndex: number) => [{ ...request, answer: { logIndex } }];
    await withLease(log.number, (lease) =>
      appendSeals(lease, append(0, makeSeals(0, 2), { requests: answered(0) })),
    );
    await withLease(log.number, (lease) => appendSeals(lease, append(2, [], { requests: answered(1) })));
    expect((await findRequests(pool, log.number, [request.keyHash])).get(request.keyHash)?.answer).toEqual({
      logIndex: 0,
    });
  });
});
