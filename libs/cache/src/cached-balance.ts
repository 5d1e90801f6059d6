import { CacheError } from './errors.js';

/** A customer's running state as of the lane position that stands beside it in the cache. */
export interface CachedBalance {
  /** The ledger's number of the customer. */
  readonly customerNo: number;
  /** Deltas recorded; the next one gets this index. */
  readonly count: number;
  /** Canonical decimal text. */
  readonly balance: string;
  /** 32 hex digits. */
  readonly lastRecordKey: string;
  /** Log sequence of the envelope that changed it last. */
  readonly lastSequence: number;
  readonly firstRecordedAtMs: number;
  readonly lastRecordedAtMs: number;
}

const TEXT = /^(\d+) (\d+) (-?\d+(?:\.\d+)?) ([0-9a-f]{32}) (\d+) (\d+) (\d+)$/;

/** Half the size of JSON: there is one for every customer, in memory. */
export function encodeBalance(balance: CachedBalance): string {
  const { customerNo, count, lastRecordKey, lastSequence, firstRecordedAtMs, lastRecordedAtMs } = balance;
  return `${customerNo} ${count} ${balance.balance} ${lastRecordKey} ${lastSequence} ${firstRecordedAtMs} ${lastRecordedAtMs}`;
}

/** @throws CacheError CORRUPT */
export function decodeBalance(text: string): CachedBalance {
  const match = TEXT.exec(text);
  if (match === null) throw new CacheError('CORRUPT', `not a cached balance: ${text.slice(0, 200)}`);
  const [, customerNo, count, balance, lastRecordKey, lastSequence, firstAt, lastAt] = match;
  return {
    customerNo: Number(customerNo),
    count: Number(count),
    balance: String(balance),
    lastRecordKey: String(lastRecordKey),
    lastSequence: Number(lastSequence),
    firstRecordedAtMs: Number(firstAt),
    lastRecordedAtMs: Number(lastAt),
  };
}
