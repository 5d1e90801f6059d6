import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AuditFinding, type AuditReport, auditSnapshot } from '@pacspace/audit';
import { laneOf } from '@pacspace/domain';
import { type DeltaLog, connectLog, openDeltaLog, publishEnvelope } from '@pacspace/log';
import { parseCheckpoint, parseNote, parseVerifierKey, type VerifierKey } from '@pacspace/proof';
import {
  buildDelta,
  type DeltaParts,
  spawnApp,
  spawnGateway,
  type TestGateway,
  waitFor,
} from '@pacspace/testing';
import { encodeDelta, encodeEnvelope } from '@pacspace/wire';
import { sha256 } from '../support/check-stored-log.js';
import { changesOf, movesOf, type Tampering } from '../support/tamper.js';
import { pacspace } from '../system/commands.js';

const API = '/api/v1/balance';
const LANES = 1;
const ORIGIN = 'logs.test/env_test';
const now = new Date();
const thisMonth = now.toISOString().slice(0, 7);
const lastMonthMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0, 12);
const lastMonth = new Date(lastMonthMs).toISOString().slice(0, 7);

let gateway: TestGateway;
let log: DeltaLog;
let keys: VerifierKey[];
/** An early head, kept by somebody. */
let keptHead: string;

beforeAll(async () => {
  gateway = await spawnGateway({ lanes: LANES });
  log = await openDeltaLog(await connectLog({ url: gateway.nats.url, name: 'test' }), { lanes: LANES });
  const env = { ...gateway.env, LOG_ORIGIN_HOST: 'logs.test', LOG_SIGNING_KEY: '5a'.repeat(32) };
  const [projector, checkpointer] = await Promise.all([
    spawnApp('projector', gateway.env),
    spawnApp('checkpointer', env),
  ]);
  await fill();
  await checkpointer.stop();
  // The month that has ended is sealed by itself, too, so that the log says so.
  const eager = await spawnApp('checkpointer', { ...env, SEAL_GRACE_SECONDS: '0', SEAL_EVERY_SECONDS: '1' });
  await waitFor(async () => {
    const { rows } = await gateway.pool.query('SELECT FROM seal.log WHERE sealed_through > 0');
    return rows.length === 1;
  });
  await Promise.all([eager.stop(), projector.stop()]);
}, 120_000);

afterAll(async () => {
  await log.connection.close();
  await gateway.stop();
}, 60_000);

/** Everything that can be stored, at least twice: so that each table has rows to change places. */
async function fill(): Promise<void> {
  const many = Array.from({ length: 700 }, (_, i) => ({
    customerId: 'many',
    delta: 0.25 + i,
    reason: 'usage',
    ...(i % 7 === 0 && { metadata: { i }, referenceId: `ref-${i}` }),
    ...(i % 5 === 0 && { occurredAt: new Date(lastMonthMs + i).toISOString() }),
  }));
  await batch(many);
  await batch(
    ['other', 'third'].map((customerId) => ({
      customerId,
      delta: 3,
      reason: 'usage',
      occurredAt: new Date(lastMonthMs).toISOString(),
    })),
  );
  await seal({ customerId: 'many' });
  await published();
  keptHead = await (await fetch(`${gateway.app.baseUrl}/log/${ORIGIN}/checkpoint`)).text();

  // One month closed for one customer, then for all; and something late for each.
  await seal({ customerId: 'many', period: lastMonth }, { 'idempotency-key': 'first' });
  await seal({ customerId: 'other', period: lastMonth }, { 'idempotency-key': 'second' });
  await seal({ period: lastMonth });
  const late = await batch([
    { customerId: 'many', delta: 5, reason: 'late', occurredAt: new Date(lastMonthMs).toISOString() },
  ]);
  await batch([{ customerId: 'many', delta: -5, reason: 'wrong', adjusts: { recordId: late[0].recordId } }]);

  // What gateways do not let through, or let through twice.
  const kept: DeltaParts = {
    customerId: 'many',
    amount: '1',
    key: 'kept',
    metadata: { n: 1 },
    referenceId: 'r',
  };
  const broken = { ...buildDelta({ customerId: 'many', amount: '1', key: 'broken' }), reason: 'another' };
  await publish('many', [buildDelta(kept)]);
  await publish('many', [buildDelta(kept), buildDelta({ ...kept, amount: '2' }), broken]);
  await publish('many', 'not an envelope');

  // As many seals as make a tile, and more; two of windows, two of chosen deltas.
  await batch(
    Array.from({ length: 270 }, (_, i) => ({ customerId: `c${i}`, delta: 1 + i, reason: 'usage' })),
  );
  await seal({});
  await published();
  const window = {
    startDate: new Date(lastMonthMs - 1_000).toISOString(),
    endDate: new Date(lastMonthMs + 300).toISOString(),
  };
  await seal({ customerId: 'many', ...window });
  await seal(window);
  const found = await gateway.get(`${API}/derive/many?limit=2`);
  const fingerprints = found.body.data.deltas.map((delta: { fingerprint: string }) => delta.fingerprint);
  await seal({ customerId: 'many', mode: 'selected', fingerprints: fingerprints.slice(0, 1) });
  await seal({ customerId: 'many', mode: 'selected', fingerprints });
  await published();
  const listed = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
  const { keys: given } = (await listed.json()) as { keys: { verifierKey: string }[] };
  keys = given.map(({ verifierKey }) => parseVerifierKey(sha256, verifierKey));
}

async function batch(deltas: readonly object[]) {
  const { status, body } = await gateway.post(`${API}/delta/batch`, { deltas });
  expect([status, body.data?.totalFailed]).toEqual([201, 0]);
  return body.data.results;
}

async function seal(body: object, headers: Record<string, string> = {}): Promise<void> {
  const answer = await gateway.post(`${API}/checkpoint`, body, headers);
  expect([answer.status, answer.body.error]).toEqual([201, undefined]);
}

const published = (): Promise<unknown> =>
  waitFor(async () => {
    const { rows } = await gateway.pool.query('SELECT FROM seal.log WHERE size > published_size OR size = 0');
    return rows.length === 0;
  });

let envelopes = 0;
async function publish(customerId: string, deltas: ReturnType<typeof buildDelta>[] | string): Promise<void> {
  const publishId = `test-${envelopes++}`;
  const payload = typeof deltas === 'string' ? deltas : encodeEnvelope(publishId, deltas.map(encodeDelta));
  await publishEnvelope(log, { lane: laneOf('env_test', customerId, LANES), publishId, payload }, 5_000);
}

interface How {
  readonly withLog?: boolean;
  readonly trusted?: VerifierKey[];
  readonly onFinding?: () => void;
  readonly interrupted?: AbortSignal;
}

/** Tampers within a transaction, audits there, and takes it back. */
async function auditAfter(sql: string, how: How = {}): Promise<AuditReport> {
  const { withLog = true, trusted = keys, onFinding = () => undefined } = how;
  const { interrupted = new AbortController().signal } = how;
  const client = await gateway.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query(sql);
    return await auditSnapshot(client, withLog ? log.connection : undefined, {
      keys: trusted,
      heads: [{ name: 'kept', note: keptHead, checkpoint: parseCheckpoint(parseNote(keptHead).text) }],
      say: () => undefined,
      onFinding,
      interrupted,
    });
  } finally {
    await client.query('ROLLBACK');
    client.release();
  }
}

/** Whether there is anything wrong then; it looks no further than to the first thing. */
async function isFound({ sql, table }: Tampering): Promise<boolean> {
  const found = new AbortController();
  try {
    await auditAfter(sql, {
      // What is wrong with a log's own rows is found without the deltas' log.
      withLog: table.startsWith('ledger.'),
      onFinding: () => found.abort(),
      interrupted: found.signal,
    });
    return found.signal.aborted;
  } catch (error) {
    // A key that is there already, a check: the data base itself does not take it.
    if (found.signal.aborted || ['23505', '23514'].includes((error as { code?: string }).code ?? ''))
      return true;
    throw error;
  }
}

const TABLES = [
  ...[
    'lane',
    'customer',
    'customer_period',
    'entry',
    'tree_node',
    'record',
    'rejection',
    'closing',
    'usage',
  ].map((name) => `ledger.${name}`),
  ...['log', 'seal', 'node', 'head', 'log_key', 'run', 'request'].map((name) => `seal.${name}`),
];

/** What nothing else says anything of, so that nobody can find it changed. */
const KNOWN_ONCE: ReadonlySet<string> = new Set([
  // Which making of the ledger it is; how far events are told, which trails the watermark.
  'ledger.lane change epoch',
  'ledger.lane change told_sequence',
  'seal.log change told_size',
  'seal.log change published_at_ms',
  'seal.head change published_at_ms',
  'seal.log_key change valid_from_ms',
  'seal.run change made_at_ms',
  // Hashes of what was asked, of which nothing else is kept; and which of two answers it was.
  'seal.request change key_hash',
  'seal.request change body_hash',
  'seal.request change log_index',
  // Of heads in between nothing counts how many there were; nor of runs, which have numbers of no order.
  'seal.head drop',
  'seal.run drop',
  'seal.run swap',
  'seal.request drop',
  'seal.request swap',
  'seal.request double',
]);

const nameOf = ({ table, what }: Tampering): string => `${table} ${what}`;

it('finds nothing wrong with what the services have made', async () => {
  const report = await auditAfter('SELECT 1');
  expect(report).toEqual({
    findings: [],
    unlisted: 0,
    comparedWithLog: true,
    unchecked: { subset: 2, window: 0, deltas: 0, heads: 0 },
  });
  // And there is something of everything to be wrong with.
  const counts = await Promise.all(
    TABLES.map(async (table) => {
      const { rows } = await gateway.pool.query<{ n: number }>(`SELECT count(*)::int4 AS n FROM ${table}`);
      return [table, rows[0]!.n];
    }),
  );
  expect(counts.filter(([, n]) => n === 0)).toEqual([]);
});

describe('one row that is changed in one place, dropped, doubled, or changes places with another', () => {
  it.each(TABLES)('is found: %s', async (table) => {
    const changes = [...(await changesOf(gateway.pool, table)), ...(await movesOf(gateway.pool, table))];
    expect(changes.length).toBeGreaterThan(2);
    const missed = [];
    for (const change of changes) {
      if (!KNOWN_ONCE.has(nameOf(change)) && !(await isFound(change))) missed.push(nameOf(change));
    }
    expect(missed).toEqual([]);
  });
});

/** What somebody reads of it. */
const unitsOf = ({ findings }: AuditReport, part?: AuditFinding['part']): string[] =>
  findings.filter((one) => part === undefined || one.part === part).map(({ unit }) => unit);

describe('names the smallest thing that can be known', () => {
  const row = (customer: string, index: number): string =>
    `customer_no = (SELECT number FROM ledger.customer WHERE customer_id = '${customer}') AND idx = ${index}`;
  const reason = `UPDATE ledger.entry SET reason = 'usagE' WHERE ${row('many', 301)}`;

  it('the delta, while the log holds it', async () => {
    expect(unitsOf(await auditAfter(reason), 'deltas')).toEqual([
      expect.stringMatching(/^env_test many delta 301 \(rec_[0-9a-f]{32}\)$/),
    ]);
    const amount = `UPDATE ledger.entry SET amount = amount + 1 WHERE ${row('c7', 0)}`;
    expect(unitsOf(await auditAfter(amount), 'deltas')).toEqual([
      expect.stringMatching(/^env_test c7 delta 0 /),
    ]);
    const dropped = await auditAfter(`DELETE FROM ledger.entry WHERE ${row('many', 400)}`);
    expect(unitsOf(dropped, 'deltas')).toContainEqual(expect.stringMatching(/^env_test many delta rec_/));
    expect(unitsOf(dropped, 'ledger')).toContain('env_test many delta 401');
  });

  it('without the log customer, period and the leaves of a node, or of less at the edge of the tree', async () => {
    const { rows } = await gateway.pool.query<{ leaf: number; count: number }>(
      `SELECT e.leaf::int4, p.count::int4 FROM ledger.entry e JOIN ledger.customer_period p USING (customer_no, period)
        WHERE ${row('many', 301)}`,
    );
    const { leaf, count } = rows[0]!;
    expect([leaf < 256, count > 512]).toEqual([true, true]);
    const node = await auditAfter(reason, { withLog: false });
    expect(unitsOf(node, 'trees')).toEqual([
      expect.stringMatching(
        new RegExp(`^env_test many period ${thisMonth} leaves 0 to 255 \\(deltas \\d+ to \\d+\\)$`),
      ),
    ]);
    const last = `UPDATE ledger.entry SET reason = 'x' WHERE ${row('c7', 0)}`;
    expect(unitsOf(await auditAfter(last, { withLog: false }), 'trees')).toEqual([
      `env_test c7 period ${thisMonth} leaves 0 to 0`,
    ]);
  });

  it('and says whether it is the entries or the stored node that is wrong', async () => {
    const sql = `UPDATE ledger.tree_node SET hash = set_byte(hash, 0, get_byte(hash, 0) # 1)
                  WHERE node_index = 0 AND customer_no = (SELECT number FROM ledger.customer WHERE customer_id = 'many')`;
    const { findings } = await auditAfter(sql, { withLog: false });
    expect(findings).toEqual([
      {
        part: 'trees',
        unit: expect.stringContaining('leaves 0 to 255'),
        sentence: expect.stringContaining('the stored node is what is wrong'),
      },
    ]);
  });

  it('an entry that is there twice, and one that nobody has ever emitted', async () => {
    const doubled = `INSERT INTO ledger.entry
      SELECT (r).* FROM (SELECT jsonb_populate_record(e, jsonb_build_object('idx', 1, 'leaf', 1)) AS r FROM ledger.entry e WHERE ${row('c7', 0)}) t`;
    const twice = await auditAfter(doubled);
    expect(unitsOf(twice, 'deltas')).toContainEqual(expect.stringMatching(/^env_test c7 delta 1 /));
    expect(unitsOf(twice, 'ledger')).toContain('env_test c7');
    const forged = await auditAfter(
      doubled.replace("'leaf', 1", "'leaf', 1, 'record_key', gen_random_uuid()"),
    );
    expect(forged.findings).toContainEqual({
      part: 'deltas',
      unit: expect.stringMatching(/^env_test c7 delta 1 /),
      sentence: expect.stringContaining('is not in envelope'),
    });
  });

  it('the seal, and the seals between two heads', async () => {
    const text = `UPDATE seal.seal SET body = replace(body, '"v":1', '"v":1 ') WHERE log_index = 100`;
    const changed = await auditAfter(text, { withLog: false });
    expect(unitsOf(changed, 'log')).toContain(`${ORIGIN} seal 100`);
    expect(unitsOf(changed, 'log')).toContain(`${ORIGIN} seals 0 to 255`);
    expect(changed.findings.find(({ part }) => part === 'heads')?.sentence).toMatch(
      /one of the seals \d+ to \d+/,
    );
    const doubled = `INSERT INTO seal.seal SELECT log_index + 1000, count, log_no, customer_no, final, scope, root, leaf_hash, body
                       FROM seal.seal WHERE log_index = 5`;
    expect(unitsOf(await auditAfter(doubled, { withLog: false }), 'log')).toContain(`${ORIGIN} seal 1005`);
  });

  it('a key of another, also when all is signed by it again; and a history that a kept head contradicts', async () => {
    const { findings, unchecked } = await auditAfter('SELECT 1', { withLog: false, trusted: [] });
    expect([findings, unchecked.heads > 1]).toEqual([[], true]);
    // The log made anew, with one seal less, as if it had always been so.
    const before = await auditAfter(
      `UPDATE seal.log SET size = 0, frontier = '', published_size = 0, sealed_through = -1; DELETE FROM seal.head;
       DELETE FROM seal.seal; DELETE FROM seal.node; DELETE FROM seal.run; DELETE FROM seal.request`,
      { withLog: false },
    );
    expect(before.findings).toEqual([
      { part: 'heads', unit: 'kept', sentence: expect.stringContaining('the log has 0 seals') },
    ]);
  });
});

describe('the log of deltas', () => {
  it('is missed when it is another one than the ledger was made of', async () => {
    const { rows } = await gateway.pool.query<{ lane: number }>('SELECT lane FROM ledger.lane');
    expect(rows).toHaveLength(LANES);
    // Rows that say they came with envelopes that no log holds.
    const moved = await auditAfter(`UPDATE ledger.entry SET log_sequence = log_sequence + 100000
                                     WHERE customer_no = (SELECT number FROM ledger.customer WHERE customer_id = 'c9')`);
    expect(unitsOf(moved, 'deltas')).toContainEqual(expect.stringMatching(/^env_test c9 delta 0 /));
    expect(moved.findings.some(({ sentence }) => sentence.includes('which the log does not hold'))).toBe(
      true,
    );
  });
});

describe('npx pacspace audit', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pacspace-audit-'));
    const answer = await fetch(`${gateway.app.baseUrl}/.well-known/pacspace-log-keys`);
    await writeFile(join(folder, 'keys.json'), await answer.text());
    await writeFile(join(folder, 'head.txt'), keptHead);
  });

  afterAll(() => rm(folder, { recursive: true }));

  const run = (env: Record<string, string>, ...args: readonly string[]) =>
    pacspace(['audit', ...args], { cwd: folder, env });

  it('says in plain words what holds and what was not checked, and ends with a code for each case', async () => {
    const { DATABASE_URL = '', NATS_URL = '' } = gateway.env;
    const [whole, alone, none, lost] = await Promise.all([
      run({ DATABASE_URL, NATS_URL }, '--key-file', 'keys.json', '--head', 'head.txt'),
      run({ DATABASE_URL }, '--json'),
      run({}),
      run({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' }),
    ]);
    expect(whole).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ALL OF IT HOLDS\n/) });
    expect(whole.stderr).toMatch(/deltas hashed again, with their trees and seals: [\d,]+ in/);
    expect(alone.code).toBe(3);
    expect(JSON.parse(alone.stdout)).toMatchObject({ verdict: 'incomplete', findings: [] });
    expect(alone.stdout).toContain('give NATS_URL');
    expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining('Set DATABASE_URL') });
    expect(lost).toMatchObject({ code: 3, stderr: expect.stringContaining('does not answer') });
  });

  it('names what is wrong, at last for good', async () => {
    const { DATABASE_URL = '', NATS_URL = '' } = gateway.env;
    await gateway.pool.query("UPDATE ledger.entry SET reason = 'another' WHERE idx = 7");
    const { code, stdout } = await run({ DATABASE_URL, NATS_URL }, '--key-file', 'keys.json');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^SOMETHING IS WRONG\n {2}✗ deltas: env_test many delta 7 \(rec_[0-9a-f]{32}\): its reason is "another" in the ledger, "usage" in the log\n/,
    );
  });
});
