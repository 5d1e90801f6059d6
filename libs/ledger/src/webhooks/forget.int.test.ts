import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase } from '@pacspace/testing';
import type pg from 'pg';
import { migrate } from '../migrate.js';
import { createLedgerPool } from '../pool.js';
import { forgetDelivered } from './forget.js';

let pool: pg.Pool;

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 1 });
  await pool.query(
    `INSERT INTO webhook.endpoint (created_at_ms, updated_at_ms, deleted_at_ms, id, tenant_id, environment_id, url, secret)
     VALUES (0, 0, NULL, 'whk_kept', 't', 'e', 'https://kept.example', ''),
            (0, 0, 50, 'whk_deleted', 't', 'e', 'https://deleted.example', ''),
            (0, 0, 50, 'whk_busy', 't', 'e', 'https://busy.example', '')`,
  );
});

afterAll(() => pool.end());

const WAITING = 0;
const DELIVERED = 2;

interface Sent {
  readonly event: number;
  readonly endpoint: string;
  readonly atMs: number;
  readonly state: number;
}

const keyOf = (event: number): string => `00000000-0000-0000-0000-${String(event).padStart(12, '0')}`;

async function send({ event, endpoint, atMs, state }: Sent): Promise<void> {
  await pool.query(
    `INSERT INTO webhook.event (created_at_ms, sequence, event_key, environment_id, customer_id, type, body)
     VALUES ($1, 1, $2, 'e', 'c', 'delta.verified', '{}') ON CONFLICT DO NOTHING`,
    [atMs, keyOf(event)],
  );
  await pool.query(
    `INSERT INTO webhook.delivery (created_at_ms, due_at_ms, endpoint_no, lane, state, event_key)
     SELECT $1, $1, number, 0, $2, $3 FROM webhook.endpoint WHERE id = $4`,
    [atMs, state, keyOf(event), endpoint],
  );
}

async function left(): Promise<{ deliveries: number[]; events: number[]; endpoints: string[] }> {
  const numbers = async (table: string): Promise<number[]> => {
    const { rows } = await pool.query<{ event_key: string }>(
      `SELECT event_key FROM webhook.${table} ORDER BY event_key`,
    );
    return rows.map((row) => Number(row.event_key.slice(-12)));
  };
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM webhook.endpoint ORDER BY id');
  return {
    deliveries: await numbers('delivery'),
    events: await numbers('event'),
    endpoints: rows.map((row) => row.id),
  };
}

describe('what was delivered long ago', () => {
  it('is forgotten with its event, and what waits, or is younger, is not', async () => {
    await send({ event: 1, endpoint: 'whk_kept', atMs: 10, state: DELIVERED });
    await send({ event: 2, endpoint: 'whk_kept', atMs: 10, state: DELIVERED });
    await send({ event: 2, endpoint: 'whk_busy', atMs: 10, state: WAITING });
    await send({ event: 3, endpoint: 'whk_kept', atMs: 200, state: DELIVERED });
    await send({ event: 4, endpoint: 'whk_deleted', atMs: 10, state: DELIVERED });

    expect(await forgetDelivered(pool, 100, 1_000)).toBe(5);
    expect(await left()).toEqual({
      deliveries: [2, 3],
      events: [2, 3],
      endpoints: ['whk_busy', 'whk_kept'],
    });
    expect(await forgetDelivered(pool, 100, 1_000)).toBe(0);
  });

  it('goes a piece at a time', async () => {
    for (let event = 10; event < 15; event += 1)
      await send({ event, endpoint: 'whk_kept', atMs: 10, state: DELIVERED });
    const rows: number[] = [];
    do rows.push(await forgetDelivered(pool, 100, 2));
    while ((rows.at(-1) ?? 0) > 0);
    expect(rows).toEqual([4, 4, 2, 0]);
    expect((await left()).events).toEqual([2, 3]);
  });
});
