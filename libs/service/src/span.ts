import {
  type Attributes,
  context,
  type Context,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { scrubText } from './scrub.js';
import { tracer } from './tracer.js';

export interface SpanOptions {
  /** Internal unless told. */
  readonly kind?: SpanKind;
  /** Never a customer's id, a key or a payload: traces are read by more people than ledgers. */
  readonly attributes?: Attributes;
  /** The span that this one is part of: a remote one that parseTraceparent read, or a local span's `spanContext()`. Default: the active span. */
  readonly parent?: SpanContext;
  /** Begin a trace of its own even when a span is active, as work does that serves many requests at once. */
  readonly root?: boolean;
  /** Spans that this one works for without being part of them: the requests in an envelope, the envelopes in a turn. */
  readonly links?: readonly SpanContext[];
}

/**
 * Starts a span, which the caller must `end()`. For hot paths; elsewhere use withSpan.
 * Name it for its kind of work (`POST /api/v1/balance/delta`, `publish deltas`), never with an id in it.
 */
export function startSpan(name: string, { kind, attributes, parent, root, links }: SpanOptions = {}): Span {
  const options = {
    ...(kind === undefined ? {} : { kind }),
    ...(attributes === undefined ? {} : { attributes }),
    ...(root === undefined ? {} : { root }),
    ...(links === undefined ? {} : { links: links.map((linked) => ({ context: linked })) }),
  };
  return tracer().startSpan(name, options, parent === undefined ? context.active() : withParent(parent));
}

const withParent = (parent: SpanContext): Context => trace.setSpanContext(context.active(), parent);

/** Runs `work` inside of a span, active for its log lines and inner spans; a failure is marked on the span and thrown on. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => T | Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    return await context.with(trace.setSpan(context.active(), span), work, undefined, span);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Runs `work` with a span active that somebody else ends, or with a context that came over a queue. */
export function runInSpan<T>(span: Span | SpanContext, work: () => T): T {
  const active = context.active();
  const next = 'spanContext' in span ? trace.setSpan(active, span) : trace.setSpanContext(active, span);
  return context.with(next, work);
}

/** Marks a span as failed: `error.type` is the error's code where it has one, else its class. */
export function failSpan(span: Span, error: unknown): void {
  if (!span.isRecording()) return;
  const { code } = error as { code?: unknown };
  const type = typeof code === 'string' ? code : error instanceof Error ? error.name : typeof error;
  const message = scrubText(error instanceof Error ? error.message : String(error));
  span.setAttribute(ATTR_ERROR_TYPE, type);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
