import { formatAmount, type Period } from '@pacspace/domain';
import type { CustomerFacts, PeriodFacts, PeriodState } from '@pacspace/ledger';
import { sha256 } from '@pacspace/node-crypto';
import { CompactRange, emptyRoot } from '@pacspace/proof';
import type { SealDraft } from './seal-draft.js';

export interface SealedPeriod {
  readonly period: Period;
  readonly final: boolean;
}

/** The seal of a customer's period, by all that is known of the customer; it may hold nothing yet. */
export function draftPeriod(
  customerId: string,
  customer: CustomerFacts,
  { period, final }: SealedPeriod,
): SealDraft {
  const opening = customer.periods.reduce((sum, one) => (one.period < period ? sum + one.net : sum), 0n);
  const facts = customer.periods.find((one) => one.period === period);
  return {
    customerNo: customer.number,
    customerId,
    scope: { kind: 'period', period },
    final,
    count: facts?.count ?? 0,
    firstIndex: facts?.firstIndex,
    lastIndex: facts?.lastIndex,
    opening: formatAmount(opening),
    closing: formatAmount(opening + (facts?.net ?? 0n)),
    root: facts === undefined ? emptyRoot(sha256) : rootOf(facts),
    asOf: undefined,
  };
}

/** The seal of one customer among all. */
export function draftPeriodState(state: PeriodState, { period, final }: SealedPeriod): SealDraft {
  return {
    customerNo: state.customerNo,
    customerId: state.customerId,
    scope: { kind: 'period', period },
    final,
    count: state.count,
    firstIndex: state.firstIndex,
    lastIndex: state.lastIndex,
    opening: state.opening,
    closing: state.closing,
    root: rootOf(state),
    asOf: undefined,
  };
}

function rootOf({ count, frontier }: Pick<PeriodFacts, 'count' | 'frontier'>): Uint8Array {
  return CompactRange.frontier(sha256, count, frontier).root();
}
