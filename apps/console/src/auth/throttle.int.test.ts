import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '@pacspace/ledger';
import { createLogger } from '@pacspace/service';
import { createDatabase } from '@pacspace/testing';
import type { DataSource } from 'typeorm';
import { clearExpired } from '../clear-expired.js';
import { openStore } from '../store/open-store.js';
import { countAttempt, forgiveAttempt, type ThrottlePolicy } from './throttle.js';

const POLICY: ThrottlePolicy = { name: 'test', freeAttempts: 3, maxWaitSeconds: 60, forgetSeconds: 3_600 };

let store: DataSource;
let stranger: DataSource;
const logger = createLogger({ app: 'test', level: 'silent' });

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'console', migrate });
  // Two replicas.
  [store, stranger] = await Promise.all([openStore(url, logger), openStore(url, logger)]);
});
afterAll(async () => {
  await Promise.all([store.destroy(), stranger.destroy()]);
});
beforeEach(() => store.query('TRUNCATE console.throttle'));

const attempt = (subject = 'a', from = store) => countAttempt(from.manager, POLICY, subject);

/** As if so much time had gone by. */
const pass = (seconds: number) =>
  store.query(
    `UPDATE console.throttle SET free_at = free_at - make_interval(secs => $1),
       touched_at = touched_at - make_interval(secs => $1)`,
    [seconds],
  );

/** Seconds from the last attempt that was let through until the next one may be. */
async function waitOf(): Promise<number> {
  const rows: { wait: number }[] = await store.query(
    'SELECT extract(epoch FROM max(free_at - touched_at))::float8 AS wait FROM console.throttle',
  );
  return rows[0]?.wait ?? 0;
}

describe('countAttempt', () => {
  it('lets some through, then doubles the wait up to a bound, for each subject by itself', async () => {
    for (let i = 0; i < 3; i++) expect(await attempt()).toBe(0);
    for (const wait of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(await waitOf()).toBe(wait);
      // Far from its end, however slow this machine is; trying in between makes it no longer.
      await pass(-1_000);
      for (const from of [store, stranger]) expect(await attempt('a', from)).toBeGreaterThan(900);
      expect(await waitOf()).toBe(wait);
      await pass(1_000 + wait);
      expect(await attempt('a', stranger)).toBe(0);
    }
    expect(await attempt('b')).toBe(0);
  });

  it('forgets all after a while without an attempt', async () => {
    for (let i = 0; i < 3; i++) await attempt();
    await pass(3_601);
    for (const wait of [0, 0, 1]) {
      expect(await attempt()).toBe(0);
      expect(await waitOf()).toBe(wait);
    }
  });

  it('lets no more through of any number at the same moment, in two processes', async () => {
    const startedAt = performance.now();
    const waits = await Promise.all(
      Array.from({ length: 30 }, (_, i) => attempt('a', i % 2 === 0 ? store : stranger)),
    );
    const through = waits.filter((wait) => wait === 0).length;
    const late = Math.floor(Math.log2((performance.now() - startedAt) / 1_000 + 1));
    expect(through).toBeGreaterThanOrEqual(3);
    expect(through).toBeLessThanOrEqual(3 + late);
  });
});

describe('forgiveAttempt', () => {
  it('takes one attempt back, or all', async () => {
    const forgive = (all: boolean) => forgiveAttempt(store.manager, { policy: POLICY, subject: 'a', all });
    for (let i = 0; i < 3; i++) await attempt();
    await forgive(false);
    expect(await attempt()).toBe(0);
    expect(await waitOf()).toBe(1);
    await forgive(true);
    for (const wait of [0, 0, 1]) {
      expect(await attempt()).toBe(0);
      expect(await waitOf()).toBe(wait);
    }
  });
});

describe('clearExpired', () => {
  it('takes away what nobody needs any more, and never the audit trail', async () => {
    await attempt('kept');
    await store.query(`
      INSERT INTO console.throttle SELECT decode(md5(n::text), 'hex'), 1, now(), now() - interval '3 days'
        FROM generate_series(1, 6000) n;
      INSERT INTO console.one_time_token (hash, purpose, subject_id, expires_at)
        VALUES (sha256('old'), 'approval', 's', now() - interval '1 s'), (sha256('new'), 'approval', 's', now() + interval '1 h');
      INSERT INTO console.audit_event (at, actor_kind, action) VALUES (now() - interval '10 years', 'operator', 'old');
    `);
    const stopping = new AbortController();
    const count = async (table: string) => {
      const rows: { n: number }[] = await store.query(`SELECT count(*)::int4 AS n FROM console.${table}`);
      return rows[0]?.n;
    };
    const round = async () => {
      const running = clearExpired(store, logger, stopping.signal);
      stopping.abort();
      await running;
    };
    await round();
    // A bounded number at a time.
    expect(await count('throttle')).toBe(1_001);
    expect(await count('one_time_token')).toBe(1);
    expect(await count('audit_event')).toBe(1);
  });
});
