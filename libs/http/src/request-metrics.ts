import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@pacspace/service';
import type { FastifyInstance } from 'fastify';
import { isOperations } from './request-span.js';

/** Latency of every route but health and metrics, by its pattern: never by a path, which names customers. */
export function registerRequestMetrics(fastify: FastifyInstance, metrics: Metrics): void {
  const latency = metrics.histogram({
    name: 'pacspace_http_request_duration_seconds',
    help: 'From the first byte of a request to the last of its answer.',
    labels: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (!isOperations(route)) {
      const status = `${Math.floor(reply.statusCode / 100)}xx`;
      latency.observe({ method: request.method, route, status }, reply.elapsedTime / 1000);
    }
    done();
  });
}
