import { type Counter, type Histogram, LATENCY_BUCKETS_SECONDS, type Metrics } from '@pacspace/service';

export class ComparerMetrics {
  readonly comparisons: Counter<'kind' | 'outcome'>;
  readonly balancesSeconds: Histogram;

  constructor(metrics: Metrics) {
    this.comparisons = metrics.counter({
      name: 'pacspace_comparer_comparisons_total',
      help: 'Comparisons asked for, by kind and by what became of them.',
      labels: ['kind', 'outcome'],
    });
    this.balancesSeconds = metrics.histogram({
      name: 'pacspace_comparer_balances_seconds',
      help: 'Holding two totals against the ledger, from the request’s arrival to its answer.',
      buckets: LATENCY_BUCKETS_SECONDS,
    });
  }
}
