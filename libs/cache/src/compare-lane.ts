import { type CachedBalance, decodeBalance } from './cached-balance.js';
import type { Cache } from './connect-cache.js';
import { orUnavailable } from './errors.js';
import {
  customerField,
  type CustomerOfLane,
  isPositionField,
  laneKey,
  SEQUENCE,
  SINCE,
} from './lane-hash.js';

/** The ledger's side of the comparison: all customers of the lane, read in one snapshot. */
export interface LedgerLane {
  readonly lane: number;
  /** The snapshot's watermark. */
  readonly sequence: number;
  readonly customers:
    AsyncIterable<CustomerOfLane & CachedBalance> | Iterable<CustomerOfLane & CachedBalance>;
}

/**
 * differs: a value is not the ledger's, at the same point of the log.
 * missing: the customer changed within what the cache covers, and is not there.
 * unknown: the ledger does not know the customer.
 * ahead: the balance is as of a later point than the lane's position.
 * unreadable: not something that this version writes.
 */
export interface LaneDifference extends CustomerOfLane {
  readonly kind: 'differs' | 'missing' | 'unknown' | 'ahead' | 'unreadable';
  readonly ledger: CachedBalance | undefined;
  readonly cached: CachedBalance | undefined;
}

export interface LaneComparison {
  readonly lane: number;
  /** Customers whose values were held against each other and are equal. */
  readonly equal: number;
  /** Not in the cache, and need not be: unchanged since its generation began. */
  readonly uncached: number;
  /** Changed on one side while the comparison ran, or the cache has not come to it yet. */
  readonly moved: number;
  readonly differences: readonly LaneDifference[];
}

const BATCH = 500;

/**
 * Holds a lane's cache against the ledger and reports every difference. Both may go on being written meanwhile: each
 * value says at which point of the log it changed last, and only what must be equal at the two points is judged.
 *
 * Holds the names of the lane's customers in memory, to find those that the ledger does not know.
 *
 * @throws CacheError UNAVAILABLE
 */
export async function compareLane(cache: Cache, ledger: LedgerLane): Promise<LaneComparison> {
  const tally = new Tally(ledger);
  const known = new Set<string>();
  let batch: (CustomerOfLane & CachedBalance)[] = [];
  for await (const customer of ledger.customers) {
    known.add(customerField(customer));
    batch.push(customer);
    if (batch.length < BATCH) continue;
    await compareBatch(cache, batch, tally);
    batch = [];
  }
  if (batch.length > 0) await compareBatch(cache, batch, tally);
  await findUnknown(cache, known, tally);
  return {
    lane: ledger.lane,
    equal: tally.equal,
    uncached: tally.uncached,
    moved: tally.moved,
    differences: tally.differences,
  };
}

class Tally {
  equal = 0;
  uncached = 0;
  moved = 0;
  readonly differences: LaneDifference[] = [];

  constructor(readonly ledger: Pick<LedgerLane, 'lane' | 'sequence'>) {}

  report(kind: LaneDifference['kind'], of: CustomerOfLane, sides: Partial<LaneDifference>): void {
    this.differences.push({
      kind,
      environmentId: of.environmentId,
      customerId: of.customerId,
      ledger: sides.ledger,
      cached: sides.cached,
    });
  }
}

async function compareBatch(
  cache: Cache,
  customers: readonly (CustomerOfLane & CachedBalance)[],
  tally: Tally,
): Promise<void> {
  // Position and values in one command: they are of the same moment.
  const fields = [SEQUENCE, SINCE, ...customers.map(customerField)];
  const [sequence, since, ...texts] = await orUnavailable(
    cache.redis.hmget(laneKey(tally.ledger.lane), ...fields),
  );
  if (typeof sequence !== 'string') {
    tally.uncached += customers.length;
    return;
  }
  const span = { since: Number(since), sequence: Number(sequence) };
  customers.forEach((customer, i) => compareCustomer(customer, { text: texts[i], span }, tally));
}

interface CachedSide {
  readonly text: string | null | undefined;
  /** What the cache covers: every change after `since`, up to `sequence`. */
  readonly span: { readonly since: number; readonly sequence: number };
}

function compareCustomer(
  ledger: CustomerOfLane & CachedBalance,
  { text, span }: CachedSide,
  tally: Tally,
): void {
  if (text === null || text === undefined) {
    const due = ledger.lastSequence > span.since && ledger.lastSequence <= span.sequence;
    if (due) tally.report('missing', ledger, { ledger });
    else tally.uncached += 1;
    return;
  }
  const cached = tryDecode(text);
  if (cached === undefined) tally.report('unreadable', ledger, { ledger });
  else if (cached.lastSequence > span.sequence) tally.report('ahead', ledger, { ledger, cached });
  else if (isSame(ledger, cached)) tally.equal += 1;
  else if (cached.lastSequence > tally.ledger.sequence || ledger.lastSequence > span.sequence)
    tally.moved += 1;
  else tally.report('differs', ledger, { ledger, cached });
}

async function findUnknown(cache: Cache, known: ReadonlySet<string>, tally: Tally): Promise<void> {
  const seen = new Set<string>();
  let cursor = '0';
  do {
    const key = laneKey(tally.ledger.lane);
    const [next, page] = await orUnavailable(cache.redis.hscan(key, cursor, 'COUNT', BATCH));
    for (let i = 0; i + 1 < page.length; i += 2) {
      const field = page[i] ?? '';
      // A scan may return a field twice.
      if (isPositionField(field) || known.has(field) || seen.has(field)) continue;
      seen.add(field);
      judgeUnknown(field, page[i + 1] ?? '', tally);
    }
    cursor = next;
  } while (cursor !== '0');
}

function judgeUnknown(field: string, text: string, tally: Tally): void {
  const [environmentId = '', customerId = ''] = field.split('\n');
  const cached = tryDecode(text);
  // Made after the snapshot was taken: the ledger knows it by now.
  if (cached !== undefined && cached.lastSequence > tally.ledger.sequence) tally.moved += 1;
  else tally.report('unknown', { environmentId, customerId }, { cached });
}

function tryDecode(text: string): CachedBalance | undefined {
  try {
    return decodeBalance(text);
  } catch {
    return undefined;
  }
}

function isSame(a: CachedBalance, b: CachedBalance): boolean {
  return (
    a.customerNo === b.customerNo &&
    a.count === b.count &&
    a.balance === b.balance &&
    a.lastRecordKey === b.lastRecordKey &&
    a.lastSequence === b.lastSequence &&
    a.firstRecordedAtMs === b.firstRecordedAtMs &&
    a.lastRecordedAtMs === b.lastRecordedAtMs
  );
}
