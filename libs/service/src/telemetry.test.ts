import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ConfigError } from './errors.js';
import { createLogger } from './logger.js';
import { startSpan, withSpan } from './span.js';
import { Metrics } from './metrics.js';
import { QueueMetrics } from './queue-metrics.js';
import { startTelemetry } from './telemetry.js';

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly links?: readonly { readonly spanId: string }[];
}
interface OtlpExport {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly {
        readonly key: string;
        readonly value: { readonly stringValue?: string };
      }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

const logger = createLogger({ app: 'test', level: 'silent' });
const metrics = new Metrics({ app: 'test', version: '0' });
const queues = new QueueMetrics(metrics);
const spansWaiting = /pacspace_queue_saturation_ratio\{.*queue="spans".*\} (\S+)/;

describe('startTelemetry', () => {
  let receiver: Server;
  let endpoint: string;
  const received: { path: string | undefined; body: OtlpExport }[] = [];

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        received.push({
          path: request.url,
          body: JSON.parse(Buffer.concat(chunks).toString()) as OtlpExport,
        });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  afterAll(() => {
    receiver.close();
    receiver.closeAllConnections();
  });

  it.each([{}, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_SDK_DISABLED: 'true' }])(
    'exports nothing with %j',
    async (env) => {
      const telemetry = await startTelemetry({ app: 'test', version: '0', logger, queues, env });
      expect(telemetry.exporting).toBe(false);
      expect(startSpan('x').isRecording()).toBe(false);
      await telemetry.stop();
    },
  );

  it('refuses settings that OpenTelemetry would fall back from silently', async () => {
    const env = { OTEL_TRACES_SAMPLER: 'sometimes', OTEL_TRACES_SAMPLER_ARG: '7' };
    await expect(startTelemetry({ app: 'test', version: '0', logger, queues, env })).rejects.toBeInstanceOf(
      ConfigError,
    );
  });

  it('sends spans to a collector, with parents, links and the service, all of them by the time it has stopped', async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER: 'always_on' };
    const telemetry = await startTelemetry({ app: 'gateway', version: '1.2.3', logger, queues, env });
    expect(telemetry.exporting).toBe(true);
    const request = await withSpan('request', {}, async (span) => {
      await withSpan('inner', {}, () => undefined);
      return span.spanContext();
    });
    startSpan('publish', { root: true, links: [request] }).end();
    const waiting = spansWaiting.exec(await metrics.text())?.[1];
    expect(Number(waiting)).toBeCloseTo(3 / 2_048);
    await telemetry.stop();
    expect(spansWaiting.exec(await metrics.text())?.[1]).toBe('0');

    expect(received.map(({ path }) => path)).toEqual(['/v1/traces']);
    const [resource] = received[0]!.body.resourceSpans;
    const attributes = Object.fromEntries(
      resource!.resource.attributes.map(({ key, value }) => [key, value.stringValue]),
    );
    expect(attributes).toMatchObject({ 'service.name': 'pacspace-gateway', 'service.version': '1.2.3' });
    const spans = new Map(
      resource!.scopeSpans.flatMap((scope) => scope.spans).map((span) => [span.name, span]),
    );
    expect(spans.get('inner')).toMatchObject({ traceId: request.traceId, parentSpanId: request.spanId });
    expect(spans.get('publish')?.links?.map((link) => link.spanId)).toEqual([request.spanId]);
    expect(spans.get('publish')?.traceId).not.toBe(request.traceId);
  });
});
