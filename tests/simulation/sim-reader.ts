import { laneOf } from '@pacspace/domain';
import type { Journal } from './journal.js';
import type { Process } from './scheduler.js';
import { fieldOf } from './sim-cache.js';
import { ENVIRONMENT } from './sim-gateway.js';
import type { World } from './world.js';

const TRIES = 20;

/**
 * A strong read, as the gateway answers it: how much the log holds is asked first, then the cache, then the ledger, until
 * one of them has that much. Without an answer when the wait is over: it would say so.
 */
export async function readStrongly(
  world: World,
  journal: Journal,
  { process, customerId }: { process: Process; customerId: string },
): Promise<void> {
  const { log, network, scheduler } = world;
  const acknowledgedBefore = journal.acknowledgedOf(customerId);
  const lane = laneOf(ENVIRONMENT, customerId, world.lanes);
  const needed = await network
    .call(process, log, { what: 'counts', run: () => log.count(lane) })
    .catch(() => undefined);
  if (needed === undefined) return;
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    for (const from of ['cache', 'ledger'] as const) {
      const found = await network
        .call(process, world[from], {
          what: `reads the ${from}`,
          run: () =>
            from === 'cache' ? readCache(world, lane, customerId) : readLedger(world, lane, customerId),
        })
        .catch(() => undefined);
      if (found === undefined || found.envelopes < needed) continue;
      const { sequence, count, balance } = found;
      journal.reads.push({ customerId, lane, from, sequence, count, balance, acknowledgedBefore });
      return;
    }
    await scheduler.pause(`${process.name} waits for the ledger`, process);
  }
}

interface Found {
  readonly sequence: number;
  readonly envelopes: number;
  readonly count: number;
  readonly balance: string;
}

/** A customer that is not there may have a balance all the same. */
function readCache({ cache }: World, lane: number, customerId: string): Found | undefined {
  const cached = cache.lane(lane);
  const customer = cached?.customers.get(fieldOf({ environmentId: ENVIRONMENT, customerId }));
  return cached && customer && { ...customer, sequence: cached.sequence, envelopes: cached.envelopes };
}

function readLedger({ ledger }: World, lane: number, customerId: string): Found {
  const { sequence, envelopes } = ledger.tables.lane(lane);
  const [customer] = ledger.tables.findCustomers([{ environmentId: ENVIRONMENT, customerId }]);
  return { sequence, envelopes, count: customer?.count ?? 0, balance: customer?.balance ?? '0' };
}
