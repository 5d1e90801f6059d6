import type { Amount } from '@pacspace/domain';
import { type EnvironmentScope, loadLanes, sumEntries, sumEnvironmentScope } from '@pacspace/ledger';
import { resolveScope } from '@pacspace/reads';
import { ApiError, type BalancesRequest, type ReadScope } from '@pacspace/wire';
import { assertConsistent, type CompareTools, readWholeCustomer } from '../compare-tools.js';
import { describeLedger, type LedgerStanding } from '../describe-ledger.js';

export interface Recorded {
  readonly count: number;
  readonly net: Amount;
  /** Undefined: one customer was asked for. */
  readonly customers?: number;
  /** As of which point of the log. */
  readonly position: object;
  readonly ledger: LedgerStanding;
}

/** What is recorded in the scope, with all that was acknowledged before. @throws ApiError */
export async function sumRecorded(tools: CompareTools, request: BalancesRequest): Promise<Recorded> {
  const { environmentId, customerId, scope, asOfMs } = request;
  if (customerId === undefined) return await sumOfAll(tools, request);
  const { customer, position } = await readWholeCustomer(tools, { environmentId, customerId });
  const selection = await resolveScope(tools.reads, customer, { scope, asOfMs });
  const isLarge = selection.partial.length > 0 && !selection.contiguous;
  const { count, net } = isLarge
    ? await tools.large.run(() => sumEntries(tools.reads, selection))
    : await sumEntries(tools.reads, selection);
  const ledger = await describeLedger(tools.reads, customer, { scope, asOfMs });
  return { count, net, position: { ...position, consistent: true, behindEnvelopes: 0 }, ledger };
}

async function sumOfAll(tools: CompareTools, request: BalancesRequest): Promise<Recorded> {
  const { environmentId, scope, asOfMs } = request;
  const wanted = { ...toEnvironmentScope(scope), asOfMs };
  const lanes = Array.from({ length: tools.log.lanes }, (_, lane) => lane);
  let envelopes = 0;
  const read = await tools.consistent.read(lanes, 'strong', async () => {
    const positions = await loadLanes(tools.reads);
    envelopes = positions.reduce((sum, one) => sum + one.envelopes, 0);
    const value = await tools.large.run(() => sumEnvironmentScope(tools.reads, environmentId, wanted));
    return { value, positions };
  });
  assertConsistent(read);
  const { customers, count, net } = read.value;
  const position = { envelopes, consistent: true, behindEnvelopes: 0 };
  return { customers, count, net, position, ledger: { state: 'open' } };
}

/** @throws ApiError VALIDATION_FAILED */
function toEnvironmentScope(scope: ReadScope): EnvironmentScope {
  switch (scope.kind) {
    case 'all':
      return {};
    case 'period':
      return { period: scope.period };
    case 'window':
      return { fromMs: scope.fromMs, toMs: scope.toMs };
    case 'at':
      return { toMs: scope.atMs + 1 };
    case 'checkpoint': {
      const message = 'must be given with startingCheckpoint: a checkpoint is that of one customer';
      throw new ApiError('VALIDATION_FAILED', `customerId ${message}`, {
        fields: [{ path: 'customerId', message }],
      });
    }
  }
}
