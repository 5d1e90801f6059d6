import { createReadPool, loadLanes } from '@pacspace/ledger';
import { countEnvelopes } from '@pacspace/log';
import { Gate, traceQueries, watchPool } from '@pacspace/service';
import { PROJECTED_SUBJECTS, type LaneProjected } from '@pacspace/wire';
import type { GatewayResources } from '../gateway-resources.js';
import { BalanceCache } from './balance-cache.js';
import { ConsistentReads, LaneProgress } from '@pacspace/reads';
import { Reads } from './reads.js';

/** Connections for reads; the few large ones leave most of them to the rest. */
const CONNECTIONS = 10;
const LARGE_READS = 3;
const LARGE_READS_WAITING = 100;

/** Opens what reads stand on beside the shared resources, and sees to it that it is let go in the end. */
export function openReads(resources: GatewayResources): Reads {
  const { config, log, logger, queues, shutdown } = resources;
  const pool = traceQueries(
    createReadPool({
      url: config.DATABASE_URL,
      name: 'gateway reads',
      max: CONNECTIONS,
      onError: (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'),
    }),
  );
  watchPool(queues, 'read_connections', pool);
  shutdown.register('connections', 'reads', () => pool.end());
  const progress = new LaneProgress({ poll: () => loadLanes(pool) });
  listenToProjector(resources, progress);
  return new Reads({
    log,
    pool,
    cache: new BalanceCache(resources.cache),
    progress,
    consistent: new ConsistentReads({ countEnvelopes: () => countEnvelopes(log), progress }),
    large: new Gate({
      name: 'large_reads',
      concurrency: LARGE_READS,
      waitLimit: LARGE_READS_WAITING,
      metrics: queues,
    }),
    now: Date.now,
  });
}

/** The subscription lives as long as the connection, over its reconnects, and ends when it is drained. */
function listenToProjector({ log, logger }: GatewayResources, progress: LaneProgress): void {
  log.connection.subscribe(PROJECTED_SUBJECTS, {
    callback: (error, message) => {
      if (error !== null) return logger.warn({ err: error }, 'not told of projected turns any more');
      progress.note(message.json<LaneProjected>());
    },
  });
}
