import {
  formatTraceparent,
  newTraceContext,
  parseTraceparent,
  type Span,
  type SpanContext,
  SpanKind,
  startSpan,
} from '@pacspace/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's server span; ids are valid also while nobody records spans. Null on health and metrics. */
    span: Span | null;
  }
}

/** One span a request, under the caller's trace when it sent one (W3C Trace Context). */
export function registerRequestSpans(fastify: FastifyInstance): void {
  fastify.decorateRequest('span', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown route';
    if (!isOperations(route)) {
      const parent = parseTraceparent(headerOf(request));
      request.span = startSpan(`${request.method} ${route}`, {
        kind: SpanKind.SERVER,
        ...(parent !== undefined && { parent }),
      });
    }
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    if (span !== null) {
      if (span.isRecording()) span.setAttribute('http.response.status_code', reply.statusCode);
      span.end();
    }
    done();
  });
}

/** Probes come every few seconds and say nothing: no span, no latency. */
export function isOperations(route: string): boolean {
  return route.startsWith('/health') || route === '/metrics';
}

export function spanContextOf(request: FastifyRequest): SpanContext {
  return request.span?.spanContext() ?? newTraceContext();
}

/** 32 hex digits: what a caller quotes when asking what happened. */
export function traceIdOf(request: FastifyRequest): string {
  return spanContextOf(request).traceId;
}

/** What is stored with every delta of the request. */
export function traceparentOf(request: FastifyRequest): string {
  return formatTraceparent(spanContextOf(request));
}

function headerOf(request: FastifyRequest): string | undefined {
  const { traceparent } = request.headers;
  return typeof traceparent === 'string' ? traceparent : undefined;
}
