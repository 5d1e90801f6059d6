import { hashesAtLevel, HASH_BYTES, type Span, STORED_LEVELS, TILE_WIDTH, tilePath } from '@pacspace/proof';

const TIMEOUT_MS = 15_000;
/** The longest note that is read as one. */
const MAX_FILE_BYTES = 1_000_000;

/** A log's public files over HTTP (c2sp.org/tlog-tiles). Nothing that it gives is trusted: it has to fit signed heads. */
export class LogClient {
  /** @param prefix URL of the log, without a slash at its end. */
  constructor(
    private readonly prefix: string,
    private readonly interrupted: AbortSignal,
  ) {}

  /** The signed note that is the log's head now. @throws Error when it cannot be had. */
  async readHead(): Promise<string> {
    const file = await this.get('checkpoint');
    if (file === undefined) throw new Error(`there is no log at ${this.prefix}`);
    return new TextDecoder().decode(file);
  }

  /** Stored hashes of the tree of `size` leaves. @throws Error when a tile is not there, or not a tile. */
  async readSpan({ level, first, count }: Span, size: number): Promise<Uint8Array[]> {
    const tileLevel = level / STORED_LEVELS;
    const hashes: Uint8Array[] = [];
    for (let at = first; at < first + count;) {
      const index = Math.floor(at / TILE_WIDTH);
      const end = Math.min(first + count, (index + 1) * TILE_WIDTH);
      const tile = await this.readTile(tileLevel, index, size);
      for (; at < end; at++) {
        const from = (at % TILE_WIDTH) * HASH_BYTES;
        hashes.push(tile.subarray(from, from + HASH_BYTES));
      }
    }
    return hashes;
  }

  private async readTile(level: number, index: number, size: number): Promise<Uint8Array> {
    const width = Math.min(TILE_WIDTH, hashesAtLevel(level, size) - index * TILE_WIDTH);
    const path = tilePath({ level, index, width });
    // A log may drop a partial tile once the full one is there.
    const tile = (await this.get(path)) ?? (await this.get(tilePath({ level, index, width: TILE_WIDTH })));
    if (tile === undefined || tile.length < width * HASH_BYTES) throw new Error(`${path} is not there`);
    return tile;
  }

  private async get(path: string): Promise<Uint8Array | undefined> {
    const signal = AbortSignal.any([this.interrupted, AbortSignal.timeout(TIMEOUT_MS)]);
    const response = await fetch(`${this.prefix}/${path}`, { signal });
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) throw new Error(`${path} is answered with ${response.status}`);
    const body: AsyncIterable<Uint8Array> | null = response.body;
    const chunks: Uint8Array[] = [];
    let length = 0;
    if (body === null) return Buffer.alloc(0);
    for await (const chunk of body) {
      length += chunk.length;
      if (length > MAX_FILE_BYTES) throw new Error(`${path} is too long`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
