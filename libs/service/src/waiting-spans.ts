import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { QueueMetrics } from './queue-metrics.js';

/**
 * How full the queue of spans that wait for the collector is. The SDK keeps its queue to itself, so what goes in and
 * what comes out is counted: to be put before the processor that queues, and around its exporter.
 */
export class WaitingSpans implements SpanProcessor {
  #waiting = 0;
  readonly #dropped: () => void;

  constructor(
    queues: QueueMetrics,
    private readonly limit: number,
  ) {
    this.#dropped = queues.watch('spans', () => ({ used: this.#waiting, limit }));
  }

  onStart(): void {
    // It waits from its end on.
  }

  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    // The SDK drops what its full queue does not take.
    if (this.#waiting < this.limit) this.#waiting += 1;
    else this.#dropped();
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** The same exporter, what it is given having left the queue. */
  around(exporter: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        this.#waiting = Math.max(0, this.#waiting - spans.length);
        exporter.export(spans, done);
      },
      forceFlush: async () => exporter.forceFlush?.(),
      shutdown: () => exporter.shutdown(),
    };
  }
}
