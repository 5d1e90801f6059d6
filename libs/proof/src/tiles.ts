import { concatBytes } from './bytes.js';
import { ProofError } from './errors.js';

/** Hashes in a full tile, entries in a full bundle (c2sp.org/tlog-tiles). */
export const TILE_WIDTH = 256;

const MAX_LEVEL = 63;
/** An entry's length is written in two bytes. */
export const MAX_ENTRY_BYTES = 0xffff;

/**
 * One resource of a tiled log: `width` (1 to 256) hashes at tree level 8 × `level`, or log entries.
 * A tile that is not full is "partial" and is another resource than the full one.
 */
export interface Tile {
  readonly level: number | 'entries';
  readonly index: number;
  readonly width: number;
}

/** Path below the log's prefix: `tile/0/x001/x234/067`, `tile/entries/000.p/17`. */
export function tilePath(tile: Tile): string {
  assertTile(tile);
  const digits = String(tile.index);
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const index = padded.replace(/\d{3}(?!$)/g, 'x$&/');
  return `tile/${tile.level}/${index}${tile.width === TILE_WIDTH ? '' : `.p/${tile.width}`}`;
}

const TILE_PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,6}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** The tile that a path names; undefined for every path that {@link tilePath} does not write. */
export function parseTilePath(path: string): Tile | undefined {
  const match = TILE_PATH.exec(path);
  if (match === null) return undefined;
  const [, level = '', groups = '', width] = match;
  const tile: Tile = {
    level: level === 'entries' ? level : Number(level),
    index: Number(groups.replace(/[x/]/g, '')),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  return isTile(tile) && tilePath(tile) === path ? tile : undefined;
}

/** Number of hashes at a tile level in a tree of `size` leaves: only full tiles are hashed into the level above. */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/**
 * The hash tiles that are new or wider when a log grows from `oldSize` to `newSize`, lowest level first. The entry bundles
 * are those of level 0.
 */
export function tilesBetween(oldSize: number, newSize: number): Tile[] {
  const tiles: Tile[] = [];
  for (let level = 0; hashesAtLevel(level, newSize) > 0; level++) {
    const [before, after] = [hashesAtLevel(level, oldSize), hashesAtLevel(level, newSize)];
    for (let index = Math.floor(before / TILE_WIDTH); index * TILE_WIDTH < after; index++) {
      const width = Math.min(TILE_WIDTH, after - index * TILE_WIDTH);
      if (index * TILE_WIDTH + width > before) tiles.push({ level, index, width });
    }
  }
  return tiles;
}

/**
 * Entries as an entry bundle: each after its length, two bytes, big-endian.
 * @throws ProofError `out-of-range` for an entry over 65,535 bytes or more than 256 of them.
 */
export function encodeBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length > TILE_WIDTH) throw new ProofError('out-of-range', 'too many entries for a bundle');
  return concatBytes(
    entries.flatMap((entry) => {
      if (entry.length > MAX_ENTRY_BYTES) {
        throw new ProofError('out-of-range', `an entry has at most ${MAX_ENTRY_BYTES} bytes`);
      }
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/**
 * The entries of a bundle, as views of it.
 * @throws ProofError `malformed` when it does not end with an entry's end, or holds more than 256.
 */
export function parseBundle(bundle: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const [high, low] = bundle.subarray(at, at + 2);
    if (high === undefined || low === undefined) throw new ProofError('malformed', 'a bundle is cut off');
    const end = at + 2 + high * 256 + low;
    if (end > bundle.length) throw new ProofError('malformed', 'a bundle is cut off');
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  if (entries.length > TILE_WIDTH) throw new ProofError('malformed', 'too many entries in a bundle');
  return entries;
}

function assertTile(tile: Tile): void {
  if (!isTile(tile)) throw new ProofError('out-of-range', `no tile ${JSON.stringify(tile)}`);
}

function isTile({ index, level, width }: Tile): boolean {
  const levelIsRight =
    level === 'entries' || (Number.isSafeInteger(level) && level >= 0 && level <= MAX_LEVEL);
  const widthIsRight = Number.isSafeInteger(width) && width >= 1 && width <= TILE_WIDTH;
  return levelIsRight && widthIsRight && Number.isSafeInteger(index) && index >= 0;
}
