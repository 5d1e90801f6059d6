import { formatPeriod, periodOf } from '@pacspace/domain';
import { countUsage } from '@pacspace/ledger';
import { z } from 'zod';
import type { Principal } from '../auth/principal.js';
import { consistencyParam, periodParam } from './query.js';
import type { Reads } from './reads.js';

export const usageParams = z.object({ period: periodParam(), consistency: consistencyParam() });

/** GET /usage: deltas recorded in a month, the current one unless told, against what the plan allows (null: any number). */
export async function getUsage(
  reads: Reads,
  { environmentId, kind, plan, allowed }: Principal,
  params: z.output<typeof usageParams>,
) {
  const { period = periodOf(reads.now()), consistency = 'strong' } = params;
  const { value: consumed, position } = await reads.ofAllLanes(consistency, () =>
    reads.large.run(() => countUsage(reads.pool, environmentId, period)),
  );
  return {
    period: formatPeriod(period),
    plan,
    environment: kind,
    consumed,
    allowed,
    remaining: allowed === null ? null : Math.max(0, allowed - consumed),
    position,
  };
}
