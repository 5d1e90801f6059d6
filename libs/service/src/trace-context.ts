import { randomFillSync } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const POOL_BYTES = 8192;
const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes as lower-case hex, never all zero (which W3C Trace Context makes invalid). From a pool: one system call serves hundreds of ids. */
function randomHex(bytes: 8 | 16): string {
  if (used + bytes > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, used + bytes);
  used += bytes;
  return /[^0]/.test(hex) ? hex : randomHex(bytes);
}

/** 16 random bytes, 32 hex digits. */
export const newTraceId = (): string => randomHex(16);

/** 8 random bytes, 16 hex digits. */
export const newSpanId = (): string => randomHex(8);

/** The beginning of a trace that nobody records: valid ids all the same, as one is stored with every delta. */
export function newTraceContext(): SpanContext {
  return { traceId: newTraceId(), spanId: newSpanId(), traceFlags: TraceFlags.NONE };
}

const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent` header (W3C Trace Context, section 3.2).
 * Undefined for anything the recommendation calls invalid; then a new trace is to be begun.
 * `tracestate` is not carried on: the recommendation allows it, and no delta is to store foreign text.
 */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  if (header === undefined || header.length < 55 || header.length > 512) return undefined;
  const match = TRACEPARENT.exec(header);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = match;
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (!/[^0]/.test(traceId) || !/[^0]/.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}

/** The `traceparent` header, version 00, for what is called or published next. */
export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
