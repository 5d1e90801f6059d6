import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLedgerPool,
  createSealPool,
  findRun,
  listRunSeals,
  migrate,
  openSealLog,
} from '@pacspace/ledger';
import { createDatabase } from '@pacspace/testing';
import type pg from 'pg';
import { checkStoredLog } from '../../../../tests/support/check-stored-log.js';
import type { SealDraft } from '../seals/seal-draft.js';
import { sealRun } from '../seals/seal-everyone.js';
import { LogRegistry } from './log-registry.js';
import { type Appended, LogWriter } from './log-writer.js';

let url: string;
let pool: pg.Pool;
let environments = 0;

beforeAll(async () => {
  url = (await createDatabase({ name: 'ledger', migrate })).url;
  pool = createLedgerPool({ url, name: 'test', max: 3 });
}, 60_000);

afterAll(() => pool.end());

const PERIOD = 2026 * 12 + 9;

function draft(customerNo: number, count: number, parts: Partial<SealDraft> = {}): SealDraft {
  return {
    // A customer is in one environment, hence in one log: the one made last.
    customerNo: environments * 1_000_000 + customerNo,
    customerId: `customer_${String(customerNo).padStart(6, '0')}`,
    scope: { kind: 'period', period: PERIOD },
    final: false,
    count,
    firstIndex: 0,
    lastIndex: count - 1,
    opening: '0',
    closing: String(count),
    root: hash('sha256', `tree of ${customerNo} with ${count}`, 'buffer'),
    asOf: undefined,
    ...parts,
  };
}

interface Process {
  readonly writer: LogWriter;
  readonly writers: pg.Pool;
  grown: number;
}

/** What one checkpointer has: a pool and a writer. */
function startProcess(logNo: number): Process {
  const writers = createSealPool({ url, name: 'test', max: 2, onError: () => undefined });
  const process: Process = {
    writers,
    grown: 0,
    writer: new LogWriter({
      writers,
      logNo,
      now: Date.now,
      onGrown: () => (process.grown += 1),
      onIdle: () => undefined,
    }),
  };
  return process;
}

async function newLog(): Promise<{ readonly environmentId: string; readonly number: number }> {
  environments += 1;
  const environmentId = `env_${environments}`;
  return await openSealLog(pool, { environmentId, origin: `logs.test/${environmentId}` });
}

const indexesOf = (appended: Appended): number[] =>
  appended.kind === 'sealed' ? appended.seals.map(({ logIndex }) => logIndex) : [];

describe('LogWriter', () => {
  it('writes what comes at the same time in few transactions, and each thing once', async () => {
    const { environmentId, number } = await newLog();
    const process = startProcess(number);
    const appended = await Promise.all(
      // Ten ask for each customer's seal.
      Array.from({ length: 1_000 }, (_, i) => process.writer.append([draft(i % 100, 5)])),
    );
    expect(process.grown).toBeLessThan(10);
    const { seals } = await checkStoredLog(pool, environmentId);
    expect(seals).toHaveLength(100);
    appended.forEach((one, i) => {
      expect(seals[indexesOf(one)[0]!]!.customerId).toBe(draft(i % 100, 5).customerId);
    });
    await process.writers.end();
  });

  it('answers a key with its first answer, says so of another body, and takes both at once', async () => {
    const { number } = await newLog();
    const { writer, writers } = startProcess(number);
    const request = { keyHash: 'aa'.repeat(32), bodyHash: 'bb'.repeat(32) };
    const other = { ...request, bodyHash: 'cc'.repeat(32) };
    const [first, again, conflict] = await Promise.all([
      writer.append([draft(1, 1)], request),
      writer.append([draft(1, 2)], request),
      writer.append([draft(1, 3)], other),
    ]);
    expect(indexesOf(first)).toEqual([0]);
    expect(again).toEqual({ kind: 'replayed', answer: { logIndex: 0 } });
    expect(conflict).toEqual({ kind: 'conflict' });
    expect(await writer.append([draft(1, 9)], request)).toEqual(again);
    expect(await writer.append([draft(1, 9)], other)).toEqual(conflict);
    await writers.end();
  });

  it('keeps a draft that contradicts what is sealed out, and lets the others in', async () => {
    const { environmentId, number } = await newLog();
    const { writer, writers } = startProcess(number);
    await writer.append([draft(1, 5)]);
    const wrong = draft(1, 5, { root: Buffer.alloc(32) });
    const [refused, taken] = await Promise.allSettled([writer.append([wrong]), writer.append([draft(2, 1)])]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { name: 'ContradictsSeal' } });
    expect(taken).toMatchObject({ status: 'fulfilled', value: { seals: [{ logIndex: 1 }] } });
    await checkStoredLog(pool, environmentId);
    await writers.end();
  });

  it('refuses at once what would wait too long', async () => {
    const { number } = await newLog();
    const { writer, writers } = startProcess(number);
    const many = Array.from({ length: 40_000 }, (_, i) => draft(i, 1));
    const first = writer.append(many);
    await expect(writer.append(many)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(indexesOf(await first)).toHaveLength(40_000);
    await writers.end();
  });

  it('shares a log with other processes, and never forks it', async () => {
    const { environmentId, number } = await newLog();
    const processes = Array.from({ length: 3 }, () => startProcess(number));
    const rounds = 40;
    await Promise.all(
      processes.map(async ({ writer }, p) => {
        for (let round = 0; round < rounds; round += 1) {
          // Some of it the others seal as well.
          await writer.append([draft(round, 1 + p), draft(1_000 * p + 100 + round, 1), draft(50, round + 1)]);
        }
      }),
    );
    const { seals } = await checkStoredLog(pool, environmentId);
    expect(new Set(seals.map(({ customerId }) => customerId)).size).toBe(rounds + 3 * rounds + 1);
    await Promise.all(processes.map(({ writers }) => writers.end()));
  });
});

/** Ends the process's connection before, or after, its nth statement, and every later one at once: as a crash does. */
function crashAt(writers: pg.Pool, nth: number, when: 'before' | 'after'): { crashed: boolean } {
  const state = { crashed: false };
  let statements = 0;
  const crash = (client: pg.PoolClient): void => {
    state.crashed = true;
    (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  };
  writers.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const patched = (...args: unknown[]): unknown => {
      statements += 1;
      if (state.crashed || (statements === nth && when === 'before')) crash(client);
      const result = query(...args);
      if (statements !== nth || when === 'before') return result;
      if (!(result instanceof Promise)) {
        // COPY is a stream.
        (result as NodeJS.WritableStream).once('finish', () => crash(client));
        return result;
      }
      return result.then(() => {
        crash(client);
        throw new Error('Connection terminated: crashed');
      });
    };
    Object.assign(client, { query: patched });
  });
  return state;
}

describe('a crash at any step', () => {
  const request = { keyHash: 'aa'.repeat(32), bodyHash: 'bb'.repeat(32) };

  it.each(['before', 'after'] as const)(
    'of an append, %s each statement, leaves a log that goes on',
    async (when) => {
      let points = 0;
      for (let nth = 1; ; nth += 1) {
        const { environmentId, number } = await newLog();
        // So that a node becomes complete in the crashing append.
        const before = startProcess(number);
        await before.writer.append(Array.from({ length: 250 }, (_, i) => draft(i, 1)));
        await before.writers.end();

        const dying = startProcess(number);
        const state = crashAt(dying.writers, nth, when);
        const drafts = Array.from({ length: 20 }, (_, i) => draft(240 + i, 2));
        const attempt = await Promise.allSettled([dying.writer.append(drafts, request)]);
        await dying.writers.end();
        await checkStoredLog(pool, environmentId);
        if (!state.crashed) {
          expect(attempt[0].status).toBe('fulfilled');
          break;
        }
        points += 1;

        const next = startProcess(number);
        const again = await next.writer.append(drafts, request);
        await next.writer.append([draft(1, 7)]);
        await next.writers.end();
        const { seals } = await checkStoredLog(pool, environmentId);
        expect(seals).toHaveLength(250 + 20 + 1);
        // Whether the crash came before the commit or after it, the key has one answer.
        if (again.kind === 'replayed') expect(again.answer).toEqual({ logIndex: 250 });
        else expect(indexesOf(again)[0]).toBe(250);
      }
      // Lease, state, look-ups, the transaction's statements, its end, and the lease's.
      expect(points).toBeGreaterThanOrEqual(11);
    },
  );

  it('of a run leaves seals that the next run finds, and one run', async () => {
    for (const nth of [8, 14, 20, 26, 30, 33, 36]) {
      const { environmentId, number } = await newLog();
      const log = await openSealLog(pool, { environmentId, origin: 'as it was' });
      // eslint-disable-next-line @typescript-eslint/require-await -- pages as they come from the ledger
      const pages = async function* (): AsyncGenerator<readonly SealDraft[]> {
        for (let page = 0; page < 3; page += 1)
          yield Array.from({ length: 5 }, (_, i) => draft(5 * page + i, 3));
      };
      const run = { log, scope: '2026-10', request };
      const begin = (writers: pg.Pool) => {
        const parts = { writers, originHost: 'logs.test', now: Date.now, onGrown: () => undefined };
        return { reads: pool, registry: new LogRegistry(parts), now: Date.now };
      };
      const dying = createSealPool({ url, name: 'test', max: 1, onError: () => undefined });
      crashAt(dying, nth, 'after');
      await sealRun(begin(dying), run, pages()).catch(() => undefined);
      await dying.end();
      await checkStoredLog(pool, environmentId);

      const writers = createSealPool({ url, name: 'test', max: 1 });
      const runNo = await sealRun(begin(writers), run, pages());
      expect(await sealRun(begin(writers), run, pages())).toBe(runNo);
      await writers.end();
      const { seals } = await checkStoredLog(pool, environmentId);
      expect(seals).toHaveLength(15);
      expect(await findRun(pool, { runNo })).toMatchObject({ logNo: number, count: 15, entries: 45 });
      expect(await listRunSeals(pool, runNo, { limit: 100, offset: 0 })).toHaveLength(15);
      const { rows } = await pool.query('SELECT FROM seal.run WHERE log_no = $1', [number]);
      expect(rows).toHaveLength(1);
    }
  });

  it('of the session alone is made good by the writer itself', async () => {
    const { environmentId, number } = await newLog();
    const { writer, writers } = startProcess(number);
    /** At one of many moments of an append. */
    const killSession = async (afterMs: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'test' AND pid <> pg_backend_pid()
            AND query LIKE '%seal%'`,
      );
    };
    let failed = 0;
    for (let round = 0; round < 60; round += 1) {
      const killing = round % 3 === 0 ? killSession(round / 6) : undefined;
      const drafts = Array.from({ length: 10 }, (_, i) => draft(10 * round + i, 1));
      await writer.append(drafts).catch(() => (failed += 1));
      await killing;
    }
    const { seals } = await checkStoredLog(pool, environmentId);
    expect(seals.length).toBeGreaterThanOrEqual(600 - 10 * failed);
    expect(failed).toBeLessThan(30);
    await writers.end();
  });
});
