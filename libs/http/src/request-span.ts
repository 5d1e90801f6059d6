import {
  formatTraceparent,
  newTraceContext,
  parseTraceparent,
  runInSpan,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  startSpan,
} from '@pacspace/service';
import type { FastifyInstance, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The request's server span; ids are valid also while nobody records spans. Null on health and metrics. */
    span: Span | null;
  }
}

/**
 * One span a request, under the caller's trace when it sent one (W3C Trace Context), with what the semantic conventions
 * for HTTP servers ask for; but for `url.path`, which names customers.
 */
export function registerRequestSpans(fastify: FastifyInstance): void {
  fastify.decorateRequest('span', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const route = request.routeOptions.url ?? 'unknown route';
    if (!isOperations(route)) {
      const description = descriptionOf(request.method, route);
      const parent = parseTraceparent(headerOf(request));
      request.span = startSpan(
        description.name,
        parent === undefined ? description : { ...description, parent },
      );
    }
    done();
  });
  // Active for the handler's own steps; only where somebody looks, since carrying a context on costs every await.
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.span?.isRecording() === true) runInSpan(request.span, done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const { span } = request;
    if (span !== null) {
      if (span.isRecording()) describeAnswer(span, reply.statusCode);
      span.end();
    }
    done();
  });
}

interface SpanDescription {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Readonly<Record<string, string>>;
}

/** By route, then method; made once each: few objects and no text on the hot path. */
const descriptions = new Map<string, Map<string, SpanDescription>>();

function descriptionOf(method: string, route: string): SpanDescription {
  let ofRoute = descriptions.get(route);
  if (ofRoute === undefined) descriptions.set(route, (ofRoute = new Map<string, SpanDescription>()));
  let known = ofRoute.get(method);
  if (known === undefined) {
    const attributes = { 'http.request.method': method, 'http.route': route, 'url.scheme': 'http' };
    known = { name: `${method} ${route}`, kind: SpanKind.SERVER, attributes };
    ofRoute.set(method, known);
  }
  return known;
}

/** An error of the client is not one of the server's span (HTTP conventions, "Status"). */
function describeAnswer(span: Span, status: number): void {
  span.setAttribute('http.response.status_code', status);
  if (status >= 500)
    span.setAttribute('error.type', String(status)).setStatus({ code: SpanStatusCode.ERROR });
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
