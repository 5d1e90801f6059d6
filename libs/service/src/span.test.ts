import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { createSampler } from './sampler.js';
import { runInSpan, startSpan, withSpan } from './span.js';
import type { SamplerName } from './telemetry-config.js';
import { newTraceContext, parseTraceparent } from './trace-context.js';
import { IdOnlyTracer, installTracer } from './tracer.js';

const remote = (flags: '00' | '01') =>
  parseTraceparent(`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-${flags}`)!;

function record(sampler: SamplerName = 'always_on', ratio = 0) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: createSampler(sampler, ratio),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  installTracer(provider.getTracer('test'));
  return () => exporter.getFinishedSpans();
}

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterEach(() => installTracer(new IdOnlyTracer()));

describe('without an exporter', () => {
  it('a span has valid ids all the same, and is not sampled', () => {
    const { traceId, spanId, traceFlags } = startSpan('root').spanContext();
    expect([traceId.length, spanId.length, traceFlags]).toEqual([32, 16, 0]);
    expect(startSpan('other').spanContext().traceId).not.toBe(traceId);
  });

  it('a span under a parent carries the parent on, with its decision', () => {
    const parent = remote('01');
    expect(startSpan('inner', { parent }).spanContext()).toEqual(parent);
    expect(startSpan('own', { parent, root: true }).spanContext().traceId).not.toBe(parent.traceId);
  });

  it('log lines inside of withSpan name the trace, and lines outside name none', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger({
      app: 't',
      destination: { write: (line) => void lines.push(JSON.parse(line)) },
    });
    await withSpan('work', {}, async (span) => {
      await new Promise((resolve) => setImmediate(resolve));
      logger.info('inside');
      expect(lines[0]).toMatchObject({
        trace_id: span.spanContext().traceId,
        span_id: span.spanContext().spanId,
      });
    });
    logger.info('outside');
    expect(lines[1]).not.toHaveProperty('trace_id');
  });
});

describe('with an exporter', () => {
  it('nests by the active span, and ends in order', async () => {
    const finished = record();
    await withSpan('outer', {}, async () => withSpan('inner', {}, () => undefined));
    const [inner, outer] = finished();
    expect([inner?.name, outer?.name]).toEqual(['inner', 'outer']);
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
  });

  it('joins the trace of a remote parent', () => {
    const finished = record();
    const parent = remote('01');
    startSpan('server', { parent }).end();
    expect(finished()[0]?.spanContext().traceId).toBe(parent.traceId);
    expect(finished()[0]?.parentSpanContext).toEqual(parent);
  });

  it('a root span starts its own trace and links to those it works for', () => {
    const finished = record();
    const requests = [startSpan('a'), startSpan('b')];
    runInSpan(requests[0]!, () =>
      startSpan('publish', { root: true, links: requests.map((span) => span.spanContext()) }).end(),
    );
    const published = finished()[0]!;
    expect(published.parentSpanContext).toBeUndefined();
    expect(published.links.map((link) => link.context.spanId)).toEqual(
      requests.map((span) => span.spanContext().spanId),
    );
  });

  it('marks a failure with its code and without its secrets, and throws it on', async () => {
    const finished = record();
    const error = Object.assign(new Error('redis://u:hunter2@h refused'), { code: 'ECONNREFUSED' });
    await expect(withSpan('ask', {}, async () => Promise.reject(error))).rejects.toBe(error);
    expect(finished()[0]).toMatchObject({
      attributes: { 'error.type': 'ECONNREFUSED' },
      status: { code: 2, message: 'redis://***@h refused' },
    });
  });
});

describe('sampling', () => {
  const kept = (name: SamplerName, ratio: number, options: Parameters<typeof startSpan>[1]) => {
    const finished = record(name, ratio);
    startSpan('span', options).end();
    return finished().length === 1;
  };
  const sampled = { ...newTraceContext(), traceFlags: 1 };

  it('follows the parent, whatever the ratio', () => {
    expect(kept('parentbased_traceidratio', 0, { parent: remote('01') })).toBe(true);
    expect(kept('parentbased_traceidratio', 1, { parent: remote('00') })).toBe(false);
    expect(kept('traceidratio', 1, { parent: remote('00') })).toBe(true);
    expect(kept('always_off', 1, { parent: remote('01') })).toBe(false);
  });

  it('keeps a linked root exactly when one of the linked is kept', () => {
    const root = true;
    expect(kept('parentbased_traceidratio', 0, { root, links: [newTraceContext(), sampled] })).toBe(true);
    expect(kept('parentbased_traceidratio', 1, { root, links: [newTraceContext()] })).toBe(false);
    expect(kept('parentbased_always_off', 0, { root, links: [sampled] })).toBe(true);
    expect(kept('parentbased_always_on', 0, { root, links: [newTraceContext()] })).toBe(true);
  });

  it('keeps about the share of roots that it is told', () => {
    const finished = record('parentbased_traceidratio', 0.1);
    for (let count = 0; count < 20_000; count++) startSpan('root').end();
    // 2,000 expected with a standard deviation of 42: seven of them.
    expect(finished().length).toBeGreaterThan(1_700);
    expect(finished().length).toBeLessThan(2_300);
  });
});
