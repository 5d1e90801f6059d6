import { randomUUID } from 'node:crypto';
import { exchangeUnits, reclaimUnits } from '@pacspace/ledger';
import { countEnvelopes } from '@pacspace/log';
import { GroupedLookup, type LaneProgress } from '@pacspace/reads';
import { Gate } from '@pacspace/service';
import { UNITS_WANTED, type UnitsWantedMessage } from '@pacspace/wire';
import type { GatewayResources } from '../gateway-resources.js';
import type { AllowanceStore } from './allowance.js';
import { Allowances } from './allowances.js';

/** Connections that exchanges take from the pool at most. */
const EXCHANGES = 3;
const EXCHANGES_WAITING = 10_000;
/** What the others have to give units back, before they are asked for again. */
const PAUSE_MS = 25;

/** Opens what limited plans stand on, and listens to the other gateways' calls. */
export function openAllowances(resources: GatewayResources, progress: LaneProgress): Allowances {
  const { config, log, logger, pool, queues } = resources;
  const leaseMs = config.PLAN_LEASE_SECONDS * 1_000;
  const gatewayId = `gtw_${randomUUID()}`;
  const exchanges = new Gate({
    name: 'plan_exchanges',
    concurrency: EXCHANGES,
    waitLimit: EXCHANGES_WAITING,
    metrics: queues,
  });
  // One question for all allowances that settle at the same time.
  const counts = new GroupedLookup<readonly number[]>({
    maxKeys: Number.MAX_SAFE_INTEGER,
    ask: async () => new Map([['lanes', await countEnvelopes(log)]]),
  });
  const count = async (): Promise<readonly number[] | undefined> => {
    try {
      return (await counts.find(['lanes'])).get('lanes');
    } catch {
      return undefined;
    }
  };
  const storeOf = (environmentId: string, month: number): AllowanceStore => ({
    exchange: (of) => exchanges.run(() => exchangeUnits(pool, { ...of, environmentId, month, gatewayId })),
    reclaim: async (gateways) => {
      const needs = await count();
      if (needs === undefined) return;
      await exchanges.run(() => reclaimUnits(pool, { environmentId, month }, { gateways, needs }));
    },
    countEnvelopes: count,
    waitUntilReached: (needs, timeoutMs) => progress.waitFor(needs, timeoutMs),
    callUnitsIn: () => {
      const message: UnitsWantedMessage = { environmentId, gatewayId };
      log.connection.publish(UNITS_WANTED, JSON.stringify(message));
      return new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    },
  });
  const allowances = new Allowances({ storeOf, leaseMs });
  log.connection.subscribe(UNITS_WANTED, {
    callback: (error, message) => {
      if (error !== null) return logger.warn({ err: error }, 'not told of wanted units any more');
      const wanted = message.json<UnitsWantedMessage>();
      if (wanted.gatewayId !== gatewayId) allowances.callIn(wanted.environmentId);
    },
  });
  return allowances;
}
