import { isSpanContextValid, trace } from '@opentelemetry/api';
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { scrubJsonLine } from './scrub.js';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LoggerOptions {
  readonly app: string;
  readonly version?: string;
  readonly level?: LogLevel;
  /** Where the lines go; standard output unless told. */
  readonly destination?: DestinationStream;
}

/** The trace that the line belongs to, in the names that OpenTelemetry's log data model gives them in JSON. */
function traceOfLine(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && isSpanContextValid(span)
    ? { trace_id: span.traceId, span_id: span.spanId }
    : {};
}

/**
 * The one logger of a process: a JSON object a line, levels by name, times in ISO 8601 (UTC).
 * Secrets are taken out of the finished line; payloads (amounts, reasons, metadata) are not to be passed in at all.
 * Writing is synchronous, so that the last line before a crash is not lost; no line is written per ingest request.
 */
export function createLogger({ app, version, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { app, ...(version === undefined ? {} : { version }), pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: traceOfLine,
    hooks: { streamWrite: scrubJsonLine },
  };
  // Spelled out: what pino takes by itself writes later, and in a crash not at all or out of order.
  return pino(options, destination ?? pino.destination({ dest: 1, sync: true }));
}
