import { type SpanContext, SpanKind, trace } from '@opentelemetry/api';
import {
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_QUERY_SUMMARY,
  ATTR_DB_SYSTEM_NAME,
  DB_SYSTEM_NAME_VALUE_POSTGRESQL,
} from '@opentelemetry/semantic-conventions';
import { type SpanOptions, withSpan } from './span.js';

/**
 * Runs `work` in a span of its own when the work that it is part of is being recorded; else runs it, and costs nothing.
 * For the steps of a request or a turn.
 */
export function traceStep<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  return isTraced() ? withSpan(name, options, work) : work();
}

export function isTraced(): boolean {
  return trace.getActiveSpan()?.isRecording() === true;
}

/** The span that is active here, for somebody who is to link to it later; undefined when nobody records it. */
export function tracedContext(): SpanContext | undefined {
  const span = trace.getActiveSpan();
  return span?.isRecording() === true ? span.spanContext() : undefined;
}

/** What of a pool is looked at: pg's, without naming the driver here. */
interface Queryable {
  query: (...args: never[]) => unknown;
}

/**
 * From now on a query that is part of something recorded has a client span, named by its summary (verb and table): never
 * by its text, which is long, and never with its values, which name customers.
 */
export function traceQueries<P extends Queryable>(pool: P): P {
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const traced = (...args: unknown[]): Promise<unknown> => {
    if (!isTraced()) return query(...args);
    const summary = summarize(args[0]);
    return withSpan(summary, databaseSpan(summary), () => query(...args));
  };
  pool.query = traced;
  return pool;
}

/** A client span's options for a call of Postgres, after the semantic conventions for data bases (stable since 1.33). */
export function databaseSpan(summary: string): SpanOptions & { readonly attributes: Record<string, string> } {
  return {
    kind: SpanKind.CLIENT,
    attributes: {
      [ATTR_DB_SYSTEM_NAME]: DB_SYSTEM_NAME_VALUE_POSTGRESQL,
      [ATTR_DB_QUERY_SUMMARY]: summary,
      [ATTR_DB_OPERATION_NAME]: summary.split(' ', 1)[0] ?? summary,
    },
  };
}

const VERB = /^\s*(?:WITH\b[\s\S]*?\)\s*)?([a-z]+)/i;
const TABLE = /\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_][a-z_.]*)/i;

/** Verb and first table of a statement: few and known beforehand, as a span's name must be. */
function summarize(statement: unknown): string {
  const text =
    typeof statement === 'string' ? statement : ((statement as { text?: unknown } | null)?.text ?? '');
  if (typeof text !== 'string') return 'QUERY';
  const verb = VERB.exec(text)?.[1]?.toUpperCase() ?? 'QUERY';
  const table = TABLE.exec(text)?.[1];
  return table === undefined ? verb : `${verb} ${table}`;
}
