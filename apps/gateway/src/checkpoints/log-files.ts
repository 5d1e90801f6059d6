import {
  findSealLog,
  listLogKeys,
  readHead,
  readLogEntries,
  readLogHashes,
  type SealLog,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import {
  concatBytes,
  encodeBundle,
  formatVerifierKey,
  hashesAtLevel,
  parseTilePath,
  STORED_LEVELS,
  type Tile,
  TILE_WIDTH,
  verifierKeyOf,
} from '@pacspace/proof';
import { formatTime } from '@pacspace/domain';
import type { Gate } from '@pacspace/service';
import type pg from 'pg';

/** A file of a log (c2sp.org/tlog-tiles). */
export interface LogFile {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** True: it will never be another. */
  readonly immutable: boolean;
}

const MOST_KEYS = 10_000;

/**
 * The public log, file by file, made from the rows of the data base. Only what the published head covers is there:
 * nobody can hold a log to what it has not signed.
 */
export class LogFiles {
  constructor(
    private readonly pool: pg.Pool,
    private readonly gate: Gate,
  ) {}

  /** @param path what follows `/log/`: an origin and a file of it. @returns undefined when there is no such file. */
  find(path: string): Promise<LogFile | undefined> {
    return this.gate.run(() => this.read(path));
  }

  private async read(path: string): Promise<LogFile | undefined> {
    const match = /^(.+?)\/(checkpoint|tile\/.+)$/.exec(path);
    if (match === null) return undefined;
    const [, origin = '', name = ''] = match;
    const tile = name === 'checkpoint' ? undefined : parseTilePath(name);
    if (name !== 'checkpoint' && tile === undefined) return undefined;
    const log = await findSealLog(this.pool, { origin });
    if (log === undefined) return undefined;
    return tile === undefined ? await this.readCheckpoint(log) : await this.readTile(log, tile);
  }

  private async readCheckpoint(log: SealLog): Promise<LogFile | undefined> {
    const head = await readHead(this.pool, log.number);
    return head && { body: head.note, contentType: 'text/plain; charset=utf-8', immutable: false };
  }

  private async readTile(log: SealLog, tile: Tile): Promise<LogFile | undefined> {
    const { level, index, width } = tile;
    const first = index * TILE_WIDTH;
    const published = hashesAtLevel(level === 'entries' ? 0 : level, log.publishedSize);
    if (first + width > published) return undefined;
    const span = { first, count: width };
    const parts =
      level === 'entries'
        ? (await readLogEntries(this.pool, log.number, span)).map((entry) => Buffer.from(entry))
        : await readLogHashes(this.pool, log.number, { level: level * STORED_LEVELS, ...span });
    if (parts.length !== width) {
      throw new Error(
        `log ${log.number} has ${parts.length} of ${width} at ${level}/${first}: run the audit`,
      );
    }
    const body = level === 'entries' ? encodeBundle(parts) : concatBytes(parts);
    return { body, contentType: 'application/octet-stream', immutable: true };
  }

  /** Every key that has signed heads, as verifier keys (c2sp.org/signed-note); of each log the newest is the current one. */
  async listKeys(origin: string | undefined) {
    const keys = await this.gate.run(() => listLogKeys(this.pool, { origin, limit: MOST_KEYS }));
    return keys.map(({ logNo, origin: name, publicKey, validFromMs }, i) => {
      // The newest of a log comes first: the one before this ended when it began.
      const newer = keys[i - 1]?.logNo === logNo ? keys[i - 1] : undefined;
      return {
        origin: name,
        verifierKey: formatVerifierKey(verifierKeyOf(sha256, name, publicKey)),
        validFrom: formatTime(validFromMs),
        ...(newer !== undefined && { validUntil: formatTime(newer.validFromMs) }),
        current: newer === undefined,
      };
    });
  }
}
