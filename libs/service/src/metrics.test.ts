import { describe, expect, it } from '@jest/globals';
import { Gate } from './gate.js';
import { HealthRegistry } from './health.js';
import { exposeHealth } from './health-metrics.js';
import { LATENCY_BUCKETS_SECONDS, Metrics } from './metrics.js';
import { QueueMetrics } from './queue-metrics.js';

const newMetrics = () => new Metrics({ app: 'gateway', version: '1.2.3' });
const valueOf = (text: string, series: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe('Metrics', () => {
  it('writes what was counted, set and observed as Prometheus text', async () => {
    const metrics = newMetrics();
    metrics
      .counter({ name: 'pacspace_accepted_deltas_total', help: 'Accepted.', labels: ['lane'] })
      .inc({ lane: '3' }, 7);
    metrics.gauge({ name: 'pacspace_lane_lag_seconds', help: 'Lag.', collect: (gauge) => gauge.set(1.5) });
    metrics
      .histogram({ name: 'pacspace_publish_seconds', help: 'Publish.', buckets: LATENCY_BUCKETS_SECONDS })
      .observe(0.004);
    const text = await metrics.text();
    expect(metrics.contentType).toContain('text/plain; version=0.0.4');
    expect(valueOf(text, 'pacspace_accepted_deltas_total{lane="3",app="gateway"}')).toBe('7');
    expect(valueOf(text, 'pacspace_lane_lag_seconds{app="gateway"}')).toBe('1.5');
    expect(valueOf(text, 'pacspace_publish_seconds_bucket{le="0.002",app="gateway"}')).toBe('0');
    expect(valueOf(text, 'pacspace_publish_seconds_bucket{le="0.005",app="gateway"}')).toBe('1');
    expect(
      valueOf(text, `pacspace_build_info{version="1.2.3",node="${process.version}",app="gateway"}`),
    ).toBe('1');
  });

  it('tells about the process itself: memory, CPU, event-loop delay', async () => {
    const text = await newMetrics().text();
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ]) {
      expect(text).toContain(`\n${name}{app="gateway"}`);
    }
  });

  it.each([
    ['accepted_deltas_total', 'pacspace_'],
    ['pacspace_acceptedDeltas_total', 'snake case'],
    ['pacspace_accepted_deltas', '_total'],
    ['pacspace_deltas_accepted_total', 'must be last'],
    ['pacspace_wait_ms_total', 'seconds'],
    ['pacspace_wait_milliseconds_total', 'seconds'],
  ])('refuses the counter %s', (name, why) => {
    expect(() => newMetrics().counter({ name, help: '' })).toThrow(why);
  });

  it.each(['customer', 'customer_id', 'tenant', 'api_key', 'record_id', 'trace_id', 'reason', 'client_ip'])(
    'refuses the label %s: a time series for each one',
    (label) => {
      const options = { name: 'pacspace_accepted_deltas_total', help: '', labels: [label] };
      expect(() => newMetrics().counter(options)).toThrow('time series');
    },
  );

  it('refuses the same name twice', () => {
    const metrics = newMetrics();
    const options = { name: 'pacspace_open_requests', help: 'Requests under way.' };
    metrics.gauge(options);
    expect(() => metrics.gauge(options)).toThrow('already been registered');
  });
});

describe('QueueMetrics', () => {
  it('shows how full a queue is, and what it refused', async () => {
    const metrics = newMetrics();
    const gate = new Gate({
      name: 'derive',
      concurrency: 1,
      waitLimit: 3,
      metrics: new QueueMetrics(metrics),
    });
    const refusedBefore = valueOf(
      await metrics.text(),
      'pacspace_queue_refused_items_total{queue="derive",app="gateway"}',
    );
    for (let count = 0; count < 3; count++) void gate.enter();
    expect(
      valueOf(await metrics.text(), 'pacspace_queue_saturation_ratio{queue="derive",app="gateway"}'),
    ).toBe('0.75');
    for (let count = 0; count < 3; count++) void gate.enter();
    const text = await metrics.text();
    expect(valueOf(text, 'pacspace_queue_saturation_ratio{queue="derive",app="gateway"}')).toBe('1');
    expect(refusedBefore).toBe('0');
    expect(valueOf(text, 'pacspace_queue_refused_items_total{queue="derive",app="gateway"}')).toBe('2');
  });
});

describe('exposeHealth', () => {
  it('shows each check and readiness', async () => {
    const metrics = newMetrics();
    const health = new HealthRegistry({ app: 'gateway', version: '0' });
    exposeHealth(health, metrics);
    health.check('nats').degraded('buffered');
    health.openIntake();
    const text = await metrics.text();
    expect(valueOf(text, 'pacspace_unhealthy_checks{check="nats",state="degraded",app="gateway"}')).toBe('1');
    expect(valueOf(text, 'pacspace_unhealthy_checks{check="nats",state="failed",app="gateway"}')).toBe('0');
    expect(valueOf(text, 'pacspace_ready_info{app="gateway"}')).toBe('1');
  });
});
