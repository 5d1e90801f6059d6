import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ServiceError } from './errors.js';

/**
 * prom-client and not OpenTelemetry's Prometheus exporter: Prometheus is the only reader; incrementing is one addition in
 * place; and metrics are there in a process that has tracing, and with it the whole SDK, switched off.
 */
export type { Counter, Gauge, Histogram } from 'prom-client';

interface MetricOptions<L extends string> {
  /** `pacspace_<what>_<unit>`, snake case, unit last: seconds, bytes, ratio or the plural of what is counted; counters then `_total`. */
  readonly name: string;
  readonly help: string;
  /** Names of labels whose values are few and known beforehand (route, lane, outcome): each value is a time series. */
  readonly labels?: readonly L[];
}

export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** Called at each scrape, to set the gauge; for values that are cheaper to read than to keep. */
  readonly collect?: (gauge: Gauge<L>) => void | Promise<void>;
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
}

/** From 1 ms to 10 s, three steps a decade; finer where acknowledgements and reads are promised (1–100 ms). */
export const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 2, 5, 10,
] as const;

const NAME = /^pacspace(?:_[a-z][a-z\d]*)+$/;
/** Last comes what is counted or measured in, in the plural: `_deltas`, `_requests`, `_seconds`, `_bytes`; or one of two words. */
const UNIT = /(?:[a-z\d]s|_ratio|_info)$/;
/** Prometheus's base units are seconds and bytes; a dashboard cannot add `_ms` to `_seconds`. */
const OTHER_UNIT =
  /(?:_ms|milliseconds|microseconds|nanoseconds|minutes|hours|days|kilobytes|megabytes|kib|mib)$/;
/** One time series for each customer is unbounded, and tells every reader of a dashboard who the customers are. */
const IDENTIFYING =
  /customer|tenant|account|user|email|(?:^|_)key|record|receipt|reference|trace|span|reason|(?:^|_)ip$|url/;

/** All metrics of a process: its own registry, the process's memory, CPU, garbage collection and event-loop delay with it. */
export class Metrics {
  readonly #registry = new Registry();

  constructor({ app, version }: { readonly app: string; readonly version: string }) {
    this.#registry.setDefaultLabels({ app });
    collectDefaultMetrics({ register: this.#registry });
    const labels = ['version', 'node'] as const;
    this.gauge({ name: 'pacspace_build_info', help: 'Always 1; what runs here.', labels }).set(
      { version, node: process.version },
      1,
    );
  }

  /** Something that only grows, named `…_total`. Whole-number steps of whatever size: `inc(envelope.deltas.length)`. */
  counter<L extends string = never>({ name, help, labels = [] }: MetricOptions<L>): Counter<L> {
    if (!name.endsWith('_total')) throw invalid(name, 'a counter ends in _total');
    assertNamed(name, name.slice(0, -'_total'.length), labels);
    return new Counter({ name, help, labelNames: [...labels], registers: [this.#registry] });
  }

  /** Something that goes up and down, named by its unit. */
  gauge<L extends string = never>({ name, help, labels = [], collect }: GaugeOptions<L>): Gauge<L> {
    assertNamed(name, name, labels);
    const collector = collect && {
      collect(this: Gauge<L>) {
        return collect(this);
      },
    };
    return new Gauge({ name, help, labelNames: [...labels], registers: [this.#registry], ...collector });
  }

  /** Sizes or durations, named by their unit. */
  histogram<L extends string = never>({
    name,
    help,
    labels = [],
    buckets,
  }: HistogramOptions<L>): Histogram<L> {
    assertNamed(name, name, labels);
    return new Histogram({
      name,
      help,
      labelNames: [...labels],
      buckets: [...buckets],
      registers: [this.#registry],
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The Prometheus text exposition, for `/metrics`. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function assertNamed(name: string, withoutSuffix: string, labels: readonly string[]): void {
  if (!NAME.test(name)) throw invalid(name, 'it must be pacspace_… in snake case');
  if (!UNIT.test(withoutSuffix))
    throw invalid(name, 'what is counted or the unit must be last, in the plural');
  if (OTHER_UNIT.test(withoutSuffix)) throw invalid(name, 'time is in seconds, size in bytes');
  for (const label of labels) {
    if (!/^[a-z][a-z\d_]*$/.test(label)) throw invalid(name, `label ${label} is not snake case`);
    if (IDENTIFYING.test(label)) throw invalid(name, `label ${label} would make a time series for each one`);
  }
}

function invalid(name: string, why: string): ServiceError {
  return new ServiceError('METRIC_INVALID', `metric ${name}: ${why}`);
}
