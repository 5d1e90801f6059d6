import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLedgerPool, migrate } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, leafHashOfText } from '@pacspace/proof';
import { createDatabase } from '@pacspace/testing';
import type pg from 'pg';
import { countOpened, standUnder } from './check-run.js';

const LOG = 7;
const MOST = 1_500;

let pool: pg.Pool;
/** Roots of the trees of the first n leaves. */
const roots: Uint8Array[] = [];

beforeAll(async () => {
  const { url } = await createDatabase({ name: 'ledger', migrate });
  pool = createLedgerPool({ url, name: 'test', max: 2 });
  const range = CompactRange.empty(sha256);
  const leaves: string[] = [];
  const nodes: [number, number, string][] = [];
  for (let index = 0; index < MOST; index += 1) {
    roots.push(range.root());
    const leaf = leafHashOfText(sha256, `seal ${index}`);
    leaves.push(Buffer.from(leaf).toString('hex'));
    range.append(leaf, (level, at, hash) => nodes.push([level, at, Buffer.from(hash).toString('hex')]));
  }
  roots.push(range.root());
  await pool.query(
    `INSERT INTO seal.seal (log_no, log_index, count, customer_no, final, scope, root, leaf_hash, body)
     SELECT $1, n - 1, 1, 1, false, '2026-01', '', decode(leaf, 'hex'), 'seal'
       FROM unnest($2::text[]) WITH ORDINALITY AS l (leaf, n)`,
    [LOG, leaves],
  );
  for (const [level, index, hash] of nodes) {
    await pool.query(
      `INSERT INTO seal.node (log_no, level, node_index, hash) VALUES ($1, $2, $3, decode($4, 'hex'))`,
      [LOG, level, index, hash],
    );
  }
});

afterAll(() => pool.end());

const stand = (first: number, end: number, size: number): Promise<boolean> =>
  standUnder(pool, { logNo: LOG, ranges: [{ first, end }] }, { size, root: roots[size]! });

/** Runs `work` with one byte of a stored hash changed. */
async function withChanged(table: string, where: string, work: () => Promise<void>): Promise<void> {
  const column = table === 'seal.seal' ? 'leaf_hash' : 'hash';
  const flip = () =>
    pool.query(
      `UPDATE ${table} SET ${column} = set_byte(${column}, 5, get_byte(${column}, 5) # 1) WHERE ${where}`,
    );
  await flip();
  await work();
  await flip();
}

describe('standUnder', () => {
  it('holds for whatever ranges of a log, in one tile or many, under heads of any size', async () => {
    for (const size of [1, 2, 255, 256, 257, 512, 513, 1_000, 1_280, MOST]) {
      for (const [first, end] of [
        [0, 1],
        [0, size],
        [size - 1, size],
        [Math.floor(size / 2), size],
        [Math.floor(size / 3), Math.floor(size / 3) + 1],
      ] as const) {
        expect({ size, first, end, holds: await stand(first, end, size) }).toMatchObject({ holds: true });
      }
    }
  });

  it('holds for ranges with gaps between them', async () => {
    const ranges = Array.from({ length: 20 }, (_, i) => ({ first: i * 70, end: i * 70 + 1 + (i % 3) }));
    const head = { size: MOST, root: roots[MOST]! };
    expect(await standUnder(pool, { logNo: LOG, ranges }, head)).toBe(true);
    expect(countOpened(ranges)).toBe(6 * 256);
  });

  it('does not hold with a byte of any leaf or node changed on which it rests', async () => {
    for (const index of [300, 400, 511]) {
      await withChanged('seal.seal', `log_index = ${index}`, async () => {
        expect(await stand(300, 301, MOST)).toBe(false);
      });
    }
    await withChanged('seal.node', 'level = 8 AND node_index = 4', async () => {
      expect(await stand(300, 301, MOST)).toBe(false);
    });
    expect(await stand(300, 301, MOST)).toBe(true);
  });

  it('holds by the leaves themselves, whatever is stored above them', async () => {
    await withChanged('seal.node', 'level = 8 AND node_index = 1', async () => {
      expect(await stand(300, 301, MOST)).toBe(true);
    });
  });

  it('does not hold under another head, nor with a leaf or a node missing', async () => {
    expect(
      await standUnder(
        pool,
        { logNo: LOG, ranges: [{ first: 0, end: 1 }] },
        { size: MOST, root: roots[MOST - 1]! },
      ),
    ).toBe(false);
    await pool.query('DELETE FROM seal.node WHERE level = 8 AND node_index = 0');
    expect(await stand(300, 301, MOST)).toBe(false);
    await pool.query('DELETE FROM seal.seal WHERE log_index = 299');
    expect(await stand(300, 301, 600)).toBe(false);
  });
});
