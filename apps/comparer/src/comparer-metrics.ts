import { type Counter, type Histogram, LATENCY_BUCKETS_SECONDS, type Metrics } from '@pacspace/service';

const RUN_BUCKETS_SECONDS = [0.1, 0.3, 1, 3, 10, 30, 100, 300];

export class ComparerMetrics {
  readonly comparisons: Counter<'kind' | 'outcome'>;
  readonly balancesSeconds: Histogram;
  readonly runSeconds: Histogram<'kind'>;

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
    this.runSeconds = metrics.histogram({
      name: 'pacspace_comparer_run_seconds',
      help: 'Reading a statement, or making the report of one, from its beginning to its end.',
      labels: ['kind'],
      buckets: RUN_BUCKETS_SECONDS,
    });
  }
}
