import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { laneOf, parsePeriod } from '@pacspace/domain';
import {
  CompactRange,
  fromHex,
  type Sha256,
  spansOf,
  planInclusion,
  buildProof,
  verifyInclusion,
} from '@pacspace/proof';
import { createDatabase, LedgerFiller } from '@pacspace/testing';
import type pg from 'pg';
import { migrate } from '../migrate.js';
import { createLedgerPool } from '../pool.js';
import { readCustomer } from '../reads/read-customer.js';
import { hashEntry } from './entry-leaf.js';
import { findFirstRecordedAt, listPeriods, listUnsealedEnvironments } from './find-due.js';
import { pagePeriod, pageWindow, type PeriodState } from './page-period.js';
import { readPeriodLeaves, readPeriodNodes } from './read-period-tree.js';
import { openSealLog } from './seal-log.js';

const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();
const sha256Hex = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const OCTOBER = parsePeriod('2026-10')!;
const NOVEMBER = OCTOBER + 1;
const at = (text: string): number => Date.parse(`${text}T12:00:00Z`);

let pool: pg.Pool;
let filler: LedgerFiller;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 3 });
  filler = new LedgerFiller(pool, 2);
}, 60_000);

afterAll(() => pool.end());

async function pageAll(environmentId: string, period: number, limit = 2): Promise<PeriodState[]> {
  const states: PeriodState[] = [];
  for (let page: PeriodState[]; ; states.push(...page)) {
    page = await pagePeriod(
      pool,
      { environmentId, period },
      { after: states.at(-1)?.customerId ?? '', limit },
    );
    if (page.length === 0) return states;
  }
}

describe('what the ledger knows of a period', () => {
  beforeAll(async () => {
    const environmentId = 'env_paged';
    const names = ['a', 'B', 'c.1', 'c-1', 'c_1', 'z'];
    const october = names.flatMap((customerId, i) =>
      Array.from({ length: i + 1 }, (_, n) => ({
        environmentId,
        customerId,
        amount: `1.${i}5`,
        key: `o${n}`,
      })),
    );
    await filler.write(october, at('2026-10-10'));
    await filler.write([{ environmentId, customerId: 'z', amount: '-7', key: 'n' }], at('2026-11-10'));
    await filler.write([{ environmentId, customerId: 'new', amount: '3', key: 'n' }], at('2026-11-10'));
    await filler.write([{ environmentId, customerId: 'z', amount: '10', key: 'd' }], at('2026-12-10'));
    await filler.write(
      [{ environmentId: 'env_other', customerId: 'a', amount: '3', key: 'n' }],
      at('2026-09-10'),
    );
  });

  it('comes page by page, of all who are active in it, with the balances at its two ends', async () => {
    const october = await pageAll('env_paged', OCTOBER);
    expect(october.map(({ customerId }) => customerId).sort()).toEqual(['B', 'a', 'c-1', 'c.1', 'c_1', 'z']);
    const november = await pageAll('env_paged', NOVEMBER);
    expect(
      november.map(({ customerId, count, opening, closing }) => [customerId, count, opening, closing]),
    ).toEqual([
      ['new', 1, '0', '3'],
      ['z', 1, '9.3', '2.3'],
    ]);
    const z = october.find(({ customerId }) => customerId === 'z')!;
    expect(z).toMatchObject({ count: 6, firstIndex: 0, lastIndex: 5, opening: '0', closing: '9.3' });
    const { customer } = await readCustomer(pool, {
      lane: laneOf('env_paged', 'z', filler.lanes),
      environmentId: 'env_paged',
      customerId: 'z',
    });
    expect(z.frontier).toEqual(customer!.periods[0]!.frontier);
  });

  it('tells which periods an environment has, and since when it has any', async () => {
    const of = { environmentId: 'env_paged', after: -1, through: NOVEMBER };
    expect(await listPeriods(pool, of)).toEqual([OCTOBER, NOVEMBER]);
    expect(await listPeriods(pool, { ...of, after: OCTOBER })).toEqual([NOVEMBER]);
    expect(await findFirstRecordedAt(pool, 'env_paged')).toBe(at('2026-10-10'));
    expect(await findFirstRecordedAt(pool, 'env_nobody')).toBeUndefined();
  });

  it('tells which environments are not sealed through a period', async () => {
    expect(await listUnsealedEnvironments(pool, OCTOBER)).toEqual(['env_other', 'env_paged']);
    const { number } = await openSealLog(pool, { environmentId: 'env_other', origin: 'x/env_other' });
    await pool.query('UPDATE seal.log SET sealed_through = $2 WHERE number = $1', [number, OCTOBER]);
    expect(await listUnsealedEnvironments(pool, OCTOBER)).toEqual(['env_paged']);
    expect(await listUnsealedEnvironments(pool, NOVEMBER)).toEqual(['env_other', 'env_paged']);
  });

  it('tells who may have something in a window', async () => {
    const of = { environmentId: 'env_paged', fromMs: at('2026-11-01'), toMs: at('2026-11-30') };
    expect(await pageWindow(pool, of, { after: '', limit: 10 })).toEqual(['new', 'z']);
    expect(await pageWindow(pool, of, { after: 'new', limit: 10 })).toEqual(['z']);
  });
});

describe('a period’s tree', () => {
  it('gives the proof of any entry, also where another period’s entries came in between', async () => {
    const customerId = 'alternating';
    const count = 600;
    const parts = Array.from({ length: count }, (_, n) => ({
      customerId,
      amount: '1',
      key: `k${n}`,
      // Every third is counted in October; the last ones all are.
      occurredAtMs: n % 3 === 0 || n > 400 ? at('2026-10-10') : at('2026-11-10'),
      ...(n % 5 === 0 && { metadata: { n } }),
    }));
    await filler.write(parts, at('2026-11-20'));
    const { customer } = await readCustomer(pool, {
      lane: laneOf('env_test', customerId, filler.lanes),
      environmentId: 'env_test',
      customerId,
    });
    for (const facts of customer!.periods) {
      const tree = { customerNo: customer!.number, period: facts.period, firstIndex: facts.firstIndex };
      const root = CompactRange.frontier(sha256, facts.count, facts.frontier).root();
      for (const leaf of [0, 1, 100, 255, 256, facts.count - 1]) {
        const plan = planInclusion(leaf, facts.count);
        const nodes = new Map<string, Uint8Array>();
        for (const span of spansOf(plan)) {
          const hashes =
            span.level === 0
              ? (await readPeriodLeaves(pool, tree, span)).map((entry) =>
                  fromHex(hashEntry(customerId, entry, sha256Hex).leafHash),
                )
              : await readPeriodNodes(pool, tree, span);
          hashes.forEach((hash, i) => nodes.set(`${span.level}/${span.first + i}`, hash));
        }
        const hashes = buildProof(sha256, plan, (level, index) => nodes.get(`${level}/${index}`));
        const [entry] = await readPeriodLeaves(pool, tree, { first: leaf, count: 1 });
        expect(entry!.leaf).toBe(leaf);
        const leafHash = fromHex(hashEntry(customerId, entry!, sha256Hex).leafHash);
        expect(verifyInclusion(sha256, { leafHash, index: leaf, size: facts.count, hashes, root })).toEqual({
          ok: true,
        });
      }
    }
  });
});
