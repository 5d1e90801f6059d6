import { formatPeriod, formatTime, periodOf, periodStartMs } from '@pacspace/domain';
import { sumEnvironment } from '@pacspace/ledger';
import type { Principal } from '../../auth/principal.js';
import type { Consistency } from '@pacspace/reads';
import { amountFields } from '@pacspace/wire';
import type { Reads } from '../reads.js';

/** GET /customers/summary: all customers of the environment in one row; active are those of the current month. */
export async function summarizeCustomers(
  reads: Reads,
  { environmentId }: Principal,
  consistency: Consistency,
) {
  const period = periodOf(reads.now());
  const { value, position } = await reads.ofAllLanes(consistency, () =>
    reads.large.run(() => sumEnvironment(reads.pool, environmentId, periodStartMs(period))),
  );
  const { firstRecordedAtMs, lastRecordedAtMs } = value;
  return {
    totalCustomers: value.customers,
    activeCustomers: value.active,
    activePeriod: formatPeriod(period),
    totalDeltas: value.count,
    ...amountFields('totalBalance', value.balance),
    firstRecordedAt: firstRecordedAtMs === undefined ? null : formatTime(firstRecordedAtMs),
    lastRecordedAt: lastRecordedAtMs === undefined ? null : formatTime(lastRecordedAtMs),
    position,
  };
}
