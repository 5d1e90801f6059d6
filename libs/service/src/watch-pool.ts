import type { QueueMetrics } from './queue-metrics.js';

/** A pool of connections as it tells of itself (pg's), without naming the driver here. */
interface PoolCounts {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max?: number | undefined };
}

/** A pool as a bounded queue: above 1, some wait for a connection. */
export function watchPool(queues: QueueMetrics, name: string, pool: PoolCounts): void {
  queues.watch(name, () => ({
    used: pool.totalCount - pool.idleCount + pool.waitingCount,
    limit: pool.options.max ?? 10,
  }));
}
