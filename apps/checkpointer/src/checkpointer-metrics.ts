import type { Counter, Gauge, Histogram, Metrics } from '@pacspace/service';
import { LATENCY_BUCKETS_SECONDS } from '@pacspace/service';

const MONTH_SECONDS_BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1_000];

export class CheckpointerMetrics {
  readonly checkpoints: Counter<'scope' | 'outcome'>;
  readonly checkpointSeconds: Histogram<'scope'>;
  readonly monthSeconds: Histogram;
  readonly heads: Counter<'outcome'>;
  readonly unpublished: Gauge;
  /** When the oldest seal without a head was first seen, ms since 1970; undefined when there is none. */
  unpublishedSinceMs: number | undefined;
  /** When the earliest month that is not sealed was due. */
  overdueSinceMs: number | undefined;

  constructor(metrics: Metrics) {
    this.checkpoints = metrics.counter({
      name: 'pacspace_checkpointer_checkpoints_total',
      help: 'Checkpoints asked for, by what was to be sealed and by what became of it.',
      labels: ['scope', 'outcome'],
    });
    this.checkpointSeconds = metrics.histogram({
      name: 'pacspace_checkpointer_checkpoint_seconds',
      help: 'From a request’s arrival to its answer.',
      labels: ['scope'],
      buckets: LATENCY_BUCKETS_SECONDS,
    });
    this.monthSeconds = metrics.histogram({
      name: 'pacspace_checkpointer_month_seconds',
      help: 'Closing and sealing the ended months of one environment.',
      buckets: MONTH_SECONDS_BUCKETS,
    });
    this.heads = metrics.counter({
      name: 'pacspace_checkpointer_heads_total',
      help: 'Heads signed, by outcome: published, overtaken by another process, refused because they would not be consistent.',
      labels: ['outcome'],
    });
    // Counted from 0: an alarm on the increase would not see a counter that begins with its first refusal.
    for (const outcome of ['published', 'overtaken', 'refused']) this.heads.inc({ outcome }, 0);
    this.unpublished = metrics.gauge({
      name: 'pacspace_checkpointer_unpublished_seals',
      help: 'Seals that no published head covers.',
    });
    metrics.gauge({
      name: 'pacspace_checkpointer_seal_age_seconds',
      help: 'For how long the oldest seal that no published head covers has been waiting for one; 0 without any.',
      collect: (gauge) => gauge.set(secondsSince(this.unpublishedSinceMs)),
    });
    metrics.gauge({
      name: 'pacspace_checkpointer_overdue_seconds',
      help: 'For how long a month that has ended should have been sealed; 0 when none is due.',
      collect: (gauge) => gauge.set(secondsSince(this.overdueSinceMs)),
    });
  }
}

function secondsSince(ms: number | undefined): number {
  return ms === undefined ? 0 : Math.max(0, (Date.now() - ms) / 1_000);
}
