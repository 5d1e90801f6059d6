import { laneOf } from '@pacspace/domain';
import {
  countAtMost,
  type CustomerFacts,
  formatScope,
  type KeyedRequest,
  pageWindow,
  readCustomer,
  type SealLog,
  selectEntries,
} from '@pacspace/ledger';
import { Refused } from '../refused.js';
import { draftWindow, MOST_ENTRIES } from './draft-selection.js';
import type { SealDraft } from './seal-draft.js';
import { type SealingTools, sealRun } from './seal-everyone.js';

export interface EveryonesWindow {
  readonly log: SealLog;
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly request: KeyedRequest | undefined;
}

const PAGE = 500;

/**
 * Seals a window for every customer with anything in it. Each one's entries are read and hashed, so that all of them
 * together are bounded as one customer's are.
 *
 * @returns the run's number. @throws Refused SCOPE_TOO_WIDE, before anything is sealed.
 */
export async function sealWindowOfEveryone(
  tools: SealingTools & { readonly log: { readonly lanes: number } },
  { log, window, request }: EveryonesWindow,
): Promise<number> {
  const of = { environmentId: log.environmentId, ...window };
  const found: { readonly customerId: string; readonly customer: CustomerFacts }[] = [];
  let entries = 0;
  for (let after = ''; ;) {
    const page = await pageWindow(tools.reads, of, { after, limit: PAGE });
    for (const customerId of page) {
      const lane = laneOf(log.environmentId, customerId, tools.log.lanes);
      const { customer } = await readCustomer(tools.reads, {
        lane,
        environmentId: log.environmentId,
        customerId,
      });
      if (customer === undefined) continue;
      found.push({ customerId, customer });
      entries += countAtMost(selectEntries(customer, window));
    }
    if (entries > MOST_ENTRIES) {
      const most = MOST_ENTRIES.toLocaleString('en');
      throw new Refused(
        'SCOPE_TOO_WIDE',
        `more than ${most} deltas may be in the window: name a customer, or seal periods`,
      );
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    after = last;
  }
  const scope = formatScope({ kind: 'window', ...window });
  return await sealRun(tools, { log, scope, request }, draftsOf(tools, found, window));
}

async function* draftsOf(
  { reads }: SealingTools,
  found: readonly { readonly customerId: string; readonly customer: CustomerFacts }[],
  window: { readonly fromMs: number; readonly toMs: number },
): AsyncGenerator<readonly SealDraft[]> {
  for (let from = 0; from < found.length; from += PAGE) {
    const drafts: SealDraft[] = [];
    for (const { customerId, customer } of found.slice(from, from + PAGE)) {
      const draft = await draftWindow({ pool: reads, customerId, customer }, window);
      // By its periods it may have had something in the window; by its entries it has not.
      if (draft.count > 0) drafts.push(draft);
    }
    yield drafts;
  }
}
