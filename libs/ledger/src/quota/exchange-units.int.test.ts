import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, LedgerFiller } from '@pacspace/testing';
import { periodOf } from '@pacspace/domain';
import type pg from 'pg';
import { createLedgerPool } from '../pool.js';
import { seedTenant } from '../keys/seed-tenant.js';
import { migrate } from '../migrate.js';
import { exchangeUnits, reclaimUnits, type UnitsExchange } from './exchange-units.js';

const LANES = 2;
const now = Date.now();
const month = periodOf(now);
let pool: pg.Pool;
let filler: LedgerFiller;
let environmentId: string;
let made = 0;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 8 });
  filler = new LedgerFiller(pool, LANES);
});
afterAll(() => pool.end());

beforeEach(async () => {
  made += 1;
  environmentId = `env_${made}_test`;
  await seedTenant(pool, {
    ...{ tenantId: `ten_${made}`, name: 'Test', plan: 'free' },
    environments: { test: environmentId, live: `env_${made}_live` },
    key: {
      ...{ id: `key_${made}`, name: 'key', kind: 'test', publicId: `publicKey${made}`, scopes: [] },
      secretHash: Buffer.alloc(32),
    },
  });
});

const exchange = (parts: Partial<UnitsExchange>) =>
  exchangeUnits(pool, {
    ...{ environmentId, month, gatewayId: 'a', allowed: 100, keep: () => 0, want: 1, most: 1_000 },
    ...{ leaseMs: 60_000, ...parts },
  });

async function record(count: number): Promise<void> {
  const keys = Array.from({ length: count }, (_, i) => `${environmentId}${i}${Math.random()}`);
  await filler.write(
    keys.map((key, i) => ({ environmentId, customerId: `c${i % 5}`, key, amount: '1' })),
    now,
  );
}

async function held(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ gateway_id: string; units: string }>(
    'SELECT gateway_id, units FROM quota_lease WHERE environment_id = $1 ORDER BY 1',
    [environmentId],
  );
  return Object.fromEntries(rows.map((row) => [row.gateway_id, Number(row.units)]));
}

describe('an exchange of units', () => {
  it('gives a share of what is left, at least what is wanted, and never more than is left', async () => {
    expect(await exchange({})).toEqual({ granted: 13, used: 0, silent: [] });
    expect(await exchange({ gatewayId: 'b', want: 50 })).toMatchObject({ granted: 50 });
    expect(await exchange({ gatewayId: 'c', most: 2 })).toMatchObject({ granted: 2 });
    expect(await exchange({ gatewayId: 'd', want: 1_000 })).toMatchObject({ granted: 35 });
    expect(await exchange({ gatewayId: 'e', want: 1_000 })).toMatchObject({ granted: 0 });
    expect(await held()).toEqual({ a: 13, b: 50, c: 2, d: 35 });
  });

  it('takes back what the gateway does not keep, and gives it to the next', async () => {
    await exchange({ want: 100 });
    expect(await exchange({ keep: () => 40, want: 0 })).toMatchObject({ granted: 0 });
    expect(await exchange({ gatewayId: 'b', want: 100 })).toMatchObject({ granted: 60 });
    await exchange({ want: 0 });
    expect(await held()).toEqual({ b: 60 });
  });

  it('counts what the ledger has, of this month and environment', async () => {
    await record(90);
    expect(await exchange({ want: 100 })).toEqual({ granted: 10, used: 90, silent: [] });
    expect(await exchange({ month: month + 1, want: 100 })).toMatchObject({ granted: 100, used: 0 });
    // A plan that was made smaller: nothing is given, and nothing is taken away by force.
    expect(await exchange({ gatewayId: 'b', allowed: 50, want: 1 })).toEqual({
      granted: 0,
      used: 90,
      silent: [],
    });
  });

  it('tells how far the lanes are, in the transaction that counts', async () => {
    await record(10);
    let reached: ReadonlyMap<number, number> | undefined;
    await exchange({ keep: (lanes) => ((reached = lanes), 0) });
    const { rows } = await pool.query<{ lane: number; envelopes: string }>(
      'SELECT lane, envelopes FROM lane',
    );
    expect([...(reached ?? [])].sort()).toEqual(rows.map((row) => [row.lane, Number(row.envelopes)]).sort());
  });

  it('grants no more than there is to many at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => exchange({ gatewayId: `g${i}`, want: 7 })),
    );
    expect(answers.reduce((sum, { granted }) => sum + granted, 0)).toBe(100);
    expect(Object.values(await held()).reduce((sum, units) => sum + units, 0)).toBe(100);
  });

  it('changes nothing when it fails half-way', async () => {
    await exchange({ want: 20 });
    const failing = exchange({
      keep: () => {
        throw new Error('on purpose');
      },
    });
    await expect(failing).rejects.toThrow('on purpose');
    expect(await held()).toEqual({ a: 20 });
  });
});

describe('what a silent gateway holds', () => {
  it('is named when its lease has run out, and taken back when the ledger has what it let through', async () => {
    await exchange({ want: 30, leaseMs: -1 });
    await exchange({ gatewayId: 'b', want: 30 });
    const { silent, granted } = await exchange({ gatewayId: 'c', want: 50 });
    expect([silent, granted]).toEqual([['a'], 40]);
    const of = { environmentId, month };
    const { rows } = await pool.query<{ n: string }>('SELECT max(envelopes) AS n FROM lane');
    const later = Array.from({ length: LANES }, () => Number(rows[0]?.n ?? 0) + 1);
    expect(await reclaimUnits(pool, of, { gateways: silent, needs: later })).toBe(false);
    expect(await held()).toEqual({ a: 30, b: 30, c: 40 });
    expect(await reclaimUnits(pool, of, { gateways: ['a', 'b'], needs: [0, 0] })).toBe(true);
    expect(await held()).toEqual({ b: 30, c: 40 });
  });

  it('stays its own when it comes back in time', async () => {
    await exchange({ want: 30, leaseMs: -1 });
    const { silent } = await exchange({ gatewayId: 'b', want: 1 });
    await exchange({ keep: () => 30, want: 0 });
    await reclaimUnits(pool, { environmentId, month }, { gateways: silent, needs: [0, 0] });
    expect((await held())['a']).toBe(30);
  });
});
