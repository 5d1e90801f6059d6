import { createHash, type Hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import {
  appendChunk,
  completeStatement,
  dropStatement,
  type NewStatement,
  openStatement,
} from '@pacspace/ledger';
import { ApiError, STATEMENT_LIMITS } from '@pacspace/wire';
import type pg from 'pg';

/** What is held of a statement while it arrives. Larger pieces hardly compress better. */
const CHUNK_BYTES = 1024 * 1024;

const compress = promisify(zstdCompress);
/** Faster than the disk; level 3 takes twice the time for a tenth less. */
const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface KeptStatement {
  readonly number: number;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/**
 * Keeps a statement as it arrives, piece by piece: neither this process nor the message system ever holds it whole. It
 * counts once all of it is there; of one that breaks off nothing stays.
 *
 * @throws ApiError VALIDATION_FAILED when it is empty or breaks off, PAYLOAD_TOO_LARGE.
 */
export async function keepStatement(
  pool: pg.Pool,
  statement: NewStatement,
  { blocks, now }: { readonly blocks: AsyncIterable<Buffer>; readonly now: () => number },
): Promise<KeptStatement> {
  const number = await openStatement(pool, statement);
  try {
    const writer = new ChunkWriter(pool, number);
    for await (const block of blocks) await writer.write(block);
    const { bytes, sha256 } = await writer.end();
    if (bytes === 0) throw new ApiError('VALIDATION_FAILED', 'the body is empty: a statement was announced');
    await completeStatement(pool, { number, bytes, sha256, nowMs: now() });
    return { number, bytes, sha256 };
  } catch (error) {
    // What cannot be dropped now is swept up later: it never counts.
    await dropStatement(pool, number).catch(() => undefined);
    throw error;
  }
}

class ChunkWriter {
  private readonly hash: Hash = createHash('sha256');
  private held: Buffer[] = [];
  private heldBytes = 0;
  private bytes = 0;
  private chunks = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly statementNo: number,
  ) {}

  async write(block: Buffer): Promise<void> {
    this.bytes += block.length;
    if (this.bytes > STATEMENT_LIMITS.bytes) {
      const most = STATEMENT_LIMITS.bytes.toLocaleString('en');
      throw new ApiError('PAYLOAD_TOO_LARGE', `a statement has at most ${most} bytes: split it by period`);
    }
    this.hash.update(block);
    this.held.push(block);
    this.heldBytes += block.length;
    if (this.heldBytes >= CHUNK_BYTES) await this.store();
  }

  async end(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    if (this.heldBytes > 0) await this.store();
    return { bytes: this.bytes, sha256: this.hash.digest('hex') };
  }

  private async store(): Promise<void> {
    const data = await compress(Buffer.concat(this.held), COMPRESSION);
    this.held = [];
    this.heldBytes = 0;
    await appendChunk(this.pool, { statementNo: this.statementNo, chunkNo: this.chunks, data });
    this.chunks += 1;
  }
}
