import { type LogRange, readLogHashes } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { type Checkpoint, CompactRange, equalBytes } from '@pacspace/proof';
import type pg from 'pg';

/** Leaves under one stored node: a tile of the log. */
const TILE = 256;
/** Tiles in one read: 4,096 leaves are hashed in some 5 ms, and other work is done between two of them. */
const TILES_READ = 16;

/**
 * Whether the stored leaves of these ranges are those under a log's head, which is asked of all of them at once: the
 * leaves of the tiles that they are in, and the stored nodes of all others, must come to its root.
 */
export async function standUnder(
  pool: pg.Pool,
  of: { readonly logNo: number; readonly ranges: readonly LogRange[] },
  head: Pick<Checkpoint, 'root' | 'size'>,
): Promise<boolean> {
  const { logNo, ranges } = of;
  const tiles = Math.ceil(head.size / TILE);
  const opened = tilesOf(ranges);
  // A tile that is not full has no stored node.
  if (head.size % TILE !== 0) opened.add(tiles - 1);
  // The tree over full tiles and the rest is that over the leaves: RFC 6962 splits both at the same places.
  const range = CompactRange.empty(sha256);
  for (let tile = 0; tile < tiles;) {
    const isOpened = opened.has(tile);
    let end = tile + 1;
    const most = Math.min(tiles, tile + (isOpened ? TILES_READ : TILE * TILES_READ));
    while (end < most && opened.has(end) === isOpened) end += 1;
    const roots = isOpened
      ? await readTileRoots(pool, logNo, { first: tile * TILE, end: Math.min(end * TILE, head.size) })
      : await readLogHashes(pool, logNo, { level: 8, first: tile, count: end - tile });
    if (roots?.length !== end - tile) return false;
    for (const root of roots) range.append(root);
    tile = end;
  }
  return equalBytes(range.root(), head.root);
}

/** How many leaves are read to check these ranges. */
export function countOpened(ranges: readonly LogRange[]): number {
  return tilesOf(ranges).size * TILE;
}

function tilesOf(ranges: readonly LogRange[]): Set<number> {
  const tiles = new Set<number>();
  for (const { first, end } of ranges) {
    for (let tile = Math.floor(first / TILE); tile * TILE < end; tile += 1) tiles.add(tile);
  }
  return tiles;
}

/** Undefined when a leaf is missing. */
async function readTileRoots(
  pool: pg.Pool,
  logNo: number,
  { first, end }: LogRange,
): Promise<Uint8Array[] | undefined> {
  const leaves = await readLogHashes(pool, logNo, { level: 0, first, count: end - first });
  if (leaves.length !== end - first) return undefined;
  const roots: Uint8Array[] = [];
  for (let at = 0; at < leaves.length; at += TILE) {
    const tile = CompactRange.empty(sha256);
    for (const leaf of leaves.slice(at, at + TILE)) tile.append(leaf);
    roots.push(tile.root());
  }
  return roots;
}
