import { type CustomerFacts, findPeriodSeal, formatCheckpointId } from '@pacspace/ledger';
import type { ScopeAsOf } from '@pacspace/wire';
import type pg from 'pg';

/** Whether what was compared with can still grow. */
export interface LedgerStanding {
  /** sealed: nothing is ever added to this period any more. */
  readonly state: 'sealed' | 'open';
  /** The seal that covers all of it, final or not. */
  readonly checkpointId?: string;
  readonly proofRoot?: string;
}

/** A period may be sealed; every other scope is open, since something may always be recorded in it. */
export async function describeLedger(
  pool: pg.Pool,
  customer: CustomerFacts,
  { scope, asOfMs }: ScopeAsOf,
): Promise<LedgerStanding> {
  if (scope.kind !== 'period' || asOfMs !== undefined) return { state: 'open' };
  const { period } = scope;
  const seal = await findPeriodSeal(pool, {
    ...{ customerNo: customer.number, period },
    logSize: Number.MAX_SAFE_INTEGER,
  });
  const count = customer.periods.find((one) => one.period === period)?.count ?? 0;
  if (seal?.count !== count) return { state: 'open' };
  return {
    state: seal.final ? 'sealed' : 'open',
    checkpointId: formatCheckpointId(seal),
    proofRoot: Buffer.from(seal.root).toString('hex'),
  };
}
