import { parsePeriod, parseTimeOrDate } from '@pacspace/domain';
import {
  type CustomerFacts,
  type EntryScope,
  findLatestSeals,
  findSealLog,
  formatScope,
  pageEntries,
  readSeal,
  type RecordedEntry,
  selectEntries,
  type StoredSeal,
} from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { parseSeal, type Seal, type Statement, verifyStatement } from '@pacspace/proof';
import { ApiError } from '@pacspace/wire';
import type pg from 'pg';
import type { CheckpointScope } from '../checkpoints/parse-scope.js';
import type { Reads } from '../reads/reads.js';
import { provePublication } from './prove.js';
import { toRecord } from './to-record.js';

/** Deltas in one statement: some 6 MB. */
export const MOST_RECORDS = 10_000;

export type StatementScope = Exclude<CheckpointScope, { kind: 'subset' }>;

export interface SealedCustomer {
  readonly environmentId: string;
  readonly customerId: string;
  readonly customer: CustomerFacts;
}

export interface MadeStatement {
  readonly statement: Statement;
  readonly stored: StoredSeal;
  /** The statement's, as they stand in the ledger. */
  readonly entries: readonly RecordedEntry[];
}

/**
 * The statement of a scope, from its newest seal.
 *
 * @throws ApiError NOT_FOUND when the scope is not sealed; as stateSeal
 */
export async function makeStatement(
  { pool }: Reads,
  of: SealedCustomer,
  scope: StatementScope,
): Promise<MadeStatement> {
  const { customer, environmentId } = of;
  const log = await findSealLog(pool, { environmentId });
  const names = [{ customerNo: customer.number, scope: formatScope(scope) }];
  const latest = log && (await findLatestSeals(pool, log.number, names)).get(0);
  const stored = latest && (await readSeal(pool, latest.logNo, latest.logIndex));
  if (stored === undefined) {
    throw new ApiError('NOT_FOUND', 'nothing is sealed in this scope yet: make a checkpoint of it first');
  }
  return await stateSeal(pool, of, stored);
}

/**
 * The statement of a seal of a period or a window: all deltas that it covers, and their sum. It is verified before it is
 * given away.
 *
 * @throws ApiError SCOPE_TOO_WIDE; Error when what is stored is not what is sealed.
 */
export async function stateSeal(
  pool: pg.Pool,
  { customer, customerId }: SealedCustomer,
  stored: StoredSeal,
): Promise<MadeStatement> {
  if (stored.count > MOST_RECORDS) {
    const most = MOST_RECORDS.toLocaleString('en');
    throw new ApiError('SCOPE_TOO_WIDE', `more than ${most} deltas: seal and ask for parts of it`);
  }
  const seal = parseSeal(JSON.parse(stored.body));
  const selection = selectEntries(customer, coverOf(seal));
  const entries = await pageEntries(pool, selection, { limit: MOST_RECORDS });
  const statement: Statement = {
    version: 1,
    records: entries.map((entry) => toRecord(customerId, entry)),
    seal,
    ...(await provePublication(pool, stored)),
  };
  const { steps } = await verifyStatement(statement, {
    sha256,
    verifySignature: () => false,
    keys: [],
  });
  const wrong = steps.find(({ outcome }) => outcome === 'refused');
  if (wrong !== undefined)
    throw new Error(`a statement from ${stored.logNo}/${stored.logIndex} is wrong: ${wrong.sentence}`);
  return { statement, stored, entries };
}

/** Which of the customer's entries a seal of a period or a window covers: those that came later are not among them. */
export function coverOf({ period, window, lastIndex = -1 }: Seal): EntryScope {
  if (window === undefined) return { period: parsePeriod(period ?? '') ?? -1, toIndex: lastIndex + 1 };
  const [fromMs, toMs] = [parseTimeOrDate(window.from), parseTimeOrDate(window.to)];
  if (fromMs === undefined || toMs === undefined) throw new Error('a sealed window without its ends');
  return { fromMs, toMs, toIndex: window.asOf };
}
