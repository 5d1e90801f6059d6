import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@pacspace/service';

/** What an operator sees of the way in: counts, envelope sizes, publish latency. */
export class IngestMetrics {
  private readonly accepted;
  private readonly rejected;
  private readonly replayed;
  private readonly envelopeDeltas;
  private readonly envelopeBytes;
  private readonly publishSeconds;
  private readonly failedPublishes;
  private readonly lookups;

  constructor(metrics: Metrics) {
    this.accepted = metrics.counter({
      name: 'pacspace_accepted_deltas_total',
      help: 'Deltas acknowledged as stored in the log.',
    });
    this.replayed = metrics.counter({
      name: 'pacspace_replayed_deltas_total',
      help: 'Deltas answered again under a key that was used before for the same delta.',
    });
    this.rejected = metrics.counter({
      name: 'pacspace_rejected_deltas_total',
      help: 'Deltas answered with an error, by its code.',
      labels: ['code'],
    });
    this.envelopeDeltas = metrics.histogram({
      name: 'pacspace_envelope_deltas',
      help: 'Deltas that rode in one envelope.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
    });
    this.envelopeBytes = metrics.histogram({
      name: 'pacspace_envelope_bytes',
      help: 'Size of an envelope; characters beyond ASCII are counted as one.',
      buckets: [512, 2_048, 8_192, 32_768, 131_072, 262_144, 524_288],
    });
    this.publishSeconds = metrics.histogram({
      name: 'pacspace_publish_duration_seconds',
      help: 'From handing an envelope to the log until its acknowledgement.',
      buckets: LATENCY_BUCKETS_SECONDS,
    });
    this.failedPublishes = metrics.counter({
      name: 'pacspace_failed_publishes_total',
      help: 'Envelopes given up; their deltas were answered with 503.',
    });
    this.lookups = metrics.counter({
      name: 'pacspace_idempotency_lookups_total',
      help: 'Look-ups of idempotency keys in the ledger; skipped ones leave the decision to the projector.',
      labels: ['outcome'],
    });
  }

  countAccepted(deltas: number): void {
    this.accepted.inc(deltas);
  }

  countReplayed(deltas: number): void {
    this.replayed.inc(deltas);
  }

  countRejected(code: string): void {
    this.rejected.inc({ code });
  }

  countLookup(outcome: 'answered' | 'skipped'): void {
    this.lookups.inc({ outcome });
  }

  countPublish(envelope: {
    readonly deltas: number;
    readonly size: number;
    readonly startedAt: number;
  }): void {
    this.envelopeDeltas.observe(envelope.deltas);
    this.envelopeBytes.observe(envelope.size);
    this.publishSeconds.observe((performance.now() - envelope.startedAt) / 1000);
  }

  countFailedPublish(): void {
    this.failedPublishes.inc();
  }
}
