import { amountFromCanonical, formatTime } from '@pacspace/domain';
import { insertReport } from '@pacspace/ledger';
import { describeScope } from '@pacspace/reads';
import { amountFields, type BalancesRequest } from '@pacspace/wire';
import type { CompareTools } from '../compare-tools.js';
import { sumRecorded } from './sum-recorded.js';

/**
 * Two totals held against what is recorded in the scope, on top of the starting balance; the report is kept before it
 * is answered. Without a customer the two are held against each other, and against all that the environment has.
 *
 * @throws ApiError
 */
export async function compareBalances(tools: CompareTools, request: BalancesRequest): Promise<object> {
  const { reportId, environmentId, customerId, scope, asOfMs } = request;
  const recorded = await sumRecorded(tools, request);
  const yours = amountFromCanonical(request.yourBalance);
  const theirs = amountFromCanonical(request.theirBalance);
  const starting = amountFromCanonical(request.startingBalance);
  const neutral = starting + recorded.net;
  const [matchesYours, matchesTheirs] = [yours === neutral, theirs === neutral];
  const askedAtMs = tools.now();
  const body = {
    reportId,
    kind: 'balances',
    reportState: 'done',
    customerId: customerId ?? null,
    heldAgainst: customerId === undefined ? 'environment' : 'customer',
    matches: customerId === undefined ? yours === theirs : matchesYours && matchesTheirs,
    matchesYours,
    matchesTheirs,
    ...amountFields('yourBalance', yours),
    ...amountFields('theirBalance', theirs),
    ...amountFields('startingBalance', starting),
    ...amountFields('neutralBalance', neutral),
    ...amountFields('discrepancy', yours - theirs),
    ...amountFields('yourDiscrepancy', yours - neutral),
    ...amountFields('theirDiscrepancy', theirs - neutral),
    deltasCount: recorded.count,
    ...(recorded.customers !== undefined && { customersCount: recorded.customers }),
    scope: describeScope({ scope, asOfMs }),
    ledger: recorded.ledger,
    position: recorded.position,
    createdAt: formatTime(askedAtMs),
  };
  const kept = await insertReport(tools.writers, {
    ...{ reportId, environmentId, customerId, askedAtMs },
    kind: 'balances',
    statementNo: undefined,
    request: JSON.stringify(request),
    body: JSON.stringify(body),
  });
  // Asked again after an answer that was lost, it is the first report that counts.
  return JSON.parse(kept.body ?? '{}') as object;
}
