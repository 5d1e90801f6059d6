import type { Counter, Gauge, Histogram, Metrics } from '@pacspace/service';
import type { WrittenTurn } from './lane-writer.js';

const TURN_DELTAS_BUCKETS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000];
const VERIFIED_SECONDS_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];
const TURN_SECONDS_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export class ProjectorMetrics {
  readonly deltas: Counter<'outcome'>;
  readonly deadLetters: Counter;
  readonly turnDeltas: Histogram;
  readonly turnSeconds: Histogram;
  readonly cacheWrites: Counter<'outcome'>;
  readonly watermark: Gauge<'lane'>;
  readonly envelopes: Gauge<'lane'>;
  readonly verifiedSeconds: Histogram;

  constructor(metrics: Metrics) {
    this.deltas = metrics.counter({
      name: 'pacspace_projector_deltas_total',
      help: 'Deltas projected, by what became of them.',
      labels: ['outcome'],
    });
    // Counted from 0: an alarm on the increase would not see a counter that begins with its first failure.
    for (const outcome of ['recorded', 'rejected', 'duplicate']) this.deltas.inc({ outcome }, 0);
    this.deadLetters = metrics.counter({
      name: 'pacspace_projector_dead_letters_total',
      help: 'Envelopes that could not be read and were put aside.',
    });
    this.turnDeltas = metrics.histogram({
      name: 'pacspace_projector_turn_deltas',
      help: 'Deltas in one turn, which is one transaction.',
      buckets: TURN_DELTAS_BUCKETS,
    });
    this.turnSeconds = metrics.histogram({
      name: 'pacspace_projector_turn_seconds',
      help: 'From envelopes read to their rows in the ledger and the cache.',
      buckets: TURN_SECONDS_BUCKETS,
    });
    this.cacheWrites = metrics.counter({
      name: 'pacspace_projector_cache_writes_total',
      help: 'Turns written to Redis, by outcome.',
      labels: ['outcome'],
    });
    this.cacheWrites.inc({ outcome: 'failed' }, 0);
    this.watermark = metrics.gauge({
      name: 'pacspace_projector_watermark_envelopes',
      help: 'Log sequence up to which the lane is in the ledger.',
      labels: ['lane'],
    });
    this.envelopes = metrics.gauge({
      name: 'pacspace_projector_folded_envelopes',
      help: 'Envelopes of the lane in the ledger.',
      labels: ['lane'],
    });
    this.verifiedSeconds = metrics.histogram({
      name: 'pacspace_projector_verified_seconds',
      help: 'By envelope: from the time at which the log stored it until its deltas were verified.',
      buckets: VERIFIED_SECONDS_BUCKETS,
    });
  }

  observeTurn({ turn, before, envelopes }: WrittenTurn, seconds: number): void {
    const { after, entries, rejections } = turn;
    this.deltas.inc({ outcome: 'recorded' }, entries.length);
    this.deltas.inc({ outcome: 'rejected' }, rejections.length);
    this.deltas.inc({ outcome: 'duplicate' }, after.duplicates - before.duplicates);
    this.deadLetters.inc(after.deadLetters - before.deadLetters);
    this.turnDeltas.observe(entries.length);
    this.turnSeconds.observe(seconds);
    const lane = String(turn.lane);
    this.watermark.set({ lane }, after.sequence);
    this.envelopes.set({ lane }, after.envelopes);
    const now = Date.now();
    for (const { message } of envelopes) {
      this.verifiedSeconds.observe(Math.max(0, (now - message.recordedAtMs) / 1_000));
    }
  }
}
