import type { Counter, Metrics } from './metrics.js';

export interface QueueLevel {
  /** Items (or bytes) in the queue now, and the most that it takes. */
  readonly used: number;
  readonly limit: number;
}

/** Saturation and refusals of every bounded queue of a process, under two names: one alarm watches all of them. */
export class QueueMetrics {
  readonly #queues = new Map<string, () => QueueLevel>();
  readonly #refused: Counter<'queue'>;

  constructor(metrics: Metrics) {
    metrics.gauge({
      name: 'pacspace_queue_saturation_ratio',
      help: 'How full a bounded queue is, from 0 to 1.',
      labels: ['queue'],
      collect: (gauge) => {
        for (const [queue, level] of this.#queues) {
          const { used, limit } = level();
          gauge.set({ queue }, used / limit);
        }
      },
    });
    this.#refused = metrics.counter({
      name: 'pacspace_queue_refused_items_total',
      help: 'What a full or closed queue did not take.',
      labels: ['queue'],
    });
  }

  /** @returns what to call for each refusal. */
  watch(queue: string, level: () => QueueLevel): (items?: number) => void {
    this.#queues.set(queue, level);
    this.#refused.inc({ queue }, 0);
    return (items = 1) => this.#refused.inc({ queue }, items);
  }
}
