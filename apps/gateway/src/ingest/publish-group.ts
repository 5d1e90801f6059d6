import { randomBytes } from 'node:crypto';
import { type DeltaLog, publishEnvelope } from '@pacspace/log';
import {
  failSpan,
  formatTraceparent,
  type HealthCheck,
  parseTraceparent,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  startSpan,
} from '@pacspace/service';
import { DELTAS_STREAM, type EncodedDelta, encodeEnvelope } from '@pacspace/wire';
import type { Entry } from './group-commit.js';
import type { IngestMetrics } from './ingest-metrics.js';

/** How long an envelope is tried before its requests are told 503. */
const GIVE_UP_AFTER_MS = 5_000;

/** Links kept on an envelope's span; an exporter would cut them at 128 anyway (OpenTelemetry's default limit). */
const MAX_LINKS = 128;

/**
 * Stores a group as one envelope. Its publish id is this process's own random name and a counter: the same over the
 * retries of one envelope, and never the same for two.
 *
 * @param check told how each publish ends: a log that is connected and takes nothing, with a full disk, shows only here.
 */
export function createPublishGroup(
  log: DeltaLog,
  metrics: IngestMetrics,
  check: HealthCheck,
): (lane: number, entries: readonly Entry[]) => Promise<number> {
  const process = randomBytes(9).toString('base64url');
  let published = 0;
  return async (lane, entries) => {
    published += 1;
    const publishId = `${process}-${published}`;
    const deltas = entries.map((entry) => entry.delta);
    const payload = encodeEnvelope(publishId, deltas);
    const requests = tracedRequests(deltas);
    const span = startSpan('publish deltas', describePublish(lane, deltas.length, requests));
    const startedAt = performance.now();
    try {
      const patienceMs = patienceOf(entries, startedAt);
      const envelope = { lane, publishId, payload, traceparent: formatTraceparent(span.spanContext()) };
      const sequence = await publishEnvelope(log, envelope, patienceMs);
      metrics.countPublish({ deltas: deltas.length, size: payload.length, startedAt });
      check.ok();
      pointBack(requests, span);
      return sequence;
    } catch (error) {
      metrics.countFailedPublish();
      check.degraded(`the last envelope was given up: ${String(error)}`);
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  };
}

/**
 * How long to go on trying, in ms. A process that was suspended may find that what its deltas were paid from is not its
 * own any more: then they must not be stored.
 */
function patienceOf(entries: readonly Entry[], nowMs: number): number {
  let until = nowMs + GIVE_UP_AFTER_MS;
  for (const { storedByMs } of entries)
    if (storedByMs !== undefined && storedByMs < until) until = storedByMs;
  if (until > nowMs) return until - nowMs;
  throw new Error('the deltas have waited for longer than their place in the plan was reserved');
}

/**
 * The span of the first request in it is the parent, so that one request in a hundred has everything that became of it in
 * its own trace; the others are linked to, as the conventions for messaging ask for batches, and from (pointBack).
 */
function describePublish(lane: number, count: number, requests: readonly SpanContext[]): SpanOptions {
  const [parent] = requests;
  return {
    kind: SpanKind.PRODUCER,
    ...(parent === undefined ? { root: true } : { parent }),
    links: requests,
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': DELTAS_STREAM,
      'messaging.destination.partition.id': String(lane),
      'messaging.batch.message_count': count,
    },
  };
}

/** A link leads from the envelope to its requests only: in the traces of the others a span of no length leads to it. */
function pointBack(requests: readonly SpanContext[], envelope: Span): void {
  for (const parent of requests.slice(1)) {
    startSpan('ride in envelope', { parent, links: [envelope.spanContext()] }).end();
  }
}

/** The requests in the envelope, as far as anybody records them. */
function tracedRequests(deltas: readonly EncodedDelta[]): SpanContext[] {
  const contexts: SpanContext[] = [];
  let last = '';
  for (const { traceparent } of deltas) {
    if (traceparent === last || !traceparent.endsWith('1')) continue;
    last = traceparent;
    const context = parseTraceparent(traceparent);
    if (context !== undefined) contexts.push(context);
    if (contexts.length === MAX_LINKS) break;
  }
  return contexts;
}
