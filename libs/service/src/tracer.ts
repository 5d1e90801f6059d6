import {
  context,
  type Context,
  type Span as ApiSpan,
  type SpanOptions as ApiSpanOptions,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { newTraceContext } from './trace-context.js';

/**
 * The tracer of a process that exports nothing: spans with ids and no content.
 * A span under a parent carries the parent's own context on, as the OpenTelemetry API specifies for "no SDK": an id of
 * our own would make whoever comes next the child of a span that nobody will ever see.
 */
export class IdOnlyTracer implements Pick<Tracer, 'startSpan'> {
  startSpan(_name: string, options: ApiSpanOptions = {}, within: Context = context.active()): ApiSpan {
    const parent = options.root === true ? undefined : trace.getSpanContext(within);
    return trace.wrapSpanContext(parent ?? newTraceContext());
  }
}

let installed: Pick<Tracer, 'startSpan'> = new IdOnlyTracer();

/** The tracer of this process; ids are valid before telemetry has been started, too. */
export const tracer = (): Pick<Tracer, 'startSpan'> => installed;

/** For startTelemetry alone. */
export function installTracer(next: Pick<Tracer, 'startSpan'>): void {
  installed = next;
}
