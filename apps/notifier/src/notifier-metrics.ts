import type { Counter, Gauge, Histogram, Metrics } from '@pacspace/service';
import { LATENCY_BUCKETS_SECONDS } from '@pacspace/service';

const DELIVERY_BUCKETS = [0.01, 0.02, 0.05, 0.1, 0.15, 0.3, 0.5, 1, 2, 5, 15, 60, 600, 3_600] as const;

export class NotifierMetrics {
  readonly events: Counter<'type'>;
  readonly tries: Counter<'outcome'>;
  readonly trySeconds: Histogram<'outcome'>;
  readonly deliverySeconds: Histogram<'type'>;
  readonly waiting: Gauge;
  readonly overdue: Gauge<'lane'>;
  readonly unread: Gauge<'lane'>;
  readonly endpoints: Gauge<'state'>;
  readonly forgotten: Counter;

  constructor(metrics: Metrics) {
    this.events = metrics.counter({
      name: 'pacspace_notifier_events_total',
      help: 'Events that somebody listens to, by type.',
      labels: ['type'],
    });
    this.tries = metrics.counter({
      name: 'pacspace_notifier_tries_total',
      help: 'Requests sent, by what became of the delivery: delivered, waiting for another try, dead.',
      labels: ['outcome'],
    });
    this.trySeconds = metrics.histogram({
      name: 'pacspace_notifier_try_seconds',
      help: 'From the beginning of a request to its answer.',
      labels: ['outcome'],
      buckets: LATENCY_BUCKETS_SECONDS,
    });
    this.deliverySeconds = metrics.histogram({
      name: 'pacspace_notifier_delivery_seconds',
      help: 'From the acknowledgement of what is told of to its delivery at the first try.',
      labels: ['type'],
      buckets: DELIVERY_BUCKETS,
    });
    this.waiting = metrics.gauge({
      name: 'pacspace_notifier_waiting_deliveries',
      help: 'Deliveries that wait in the lanes held here; counting ends at a million.',
    });
    this.overdue = metrics.gauge({
      name: 'pacspace_notifier_overdue_seconds',
      help: 'By how much the delivery is late that is latest, of endpoints that are on.',
      labels: ['lane'],
    });
    this.unread = metrics.gauge({
      name: 'pacspace_notifier_unread_seconds',
      help: 'Age of the event that was read last when it was read: how far behind the event stream the lane is.',
      labels: ['lane'],
    });
    this.endpoints = metrics.gauge({
      name: 'pacspace_notifier_endpoints',
      help: 'Endpoints by state: working, struggling (the last try failed), and disabled by operator, failing, gone.',
      labels: ['state'],
    });
    this.forgotten = metrics.counter({
      name: 'pacspace_notifier_forgotten_rows_total',
      help: 'Deliveries and events that were kept for as long as they are to be kept.',
    });
  }

  observeTry(outcome: string, seconds: number): void {
    this.tries.inc({ outcome });
    this.trySeconds.observe({ outcome }, seconds);
  }

  observeDelivered(type: string, attempts: number, seconds: number): void {
    if (attempts === 0) this.deliverySeconds.observe({ type }, Math.max(0, seconds));
  }
}
