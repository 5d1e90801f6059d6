import { randomBytes } from 'node:crypto';
import { type DeltaLog, publishEnvelope } from '@pacspace/log';
import {
  failSpan,
  formatTraceparent,
  type HealthCheck,
  parseTraceparent,
  type SpanContext,
  SpanKind,
  startSpan,
} from '@pacspace/service';
import { type EncodedDelta, encodeEnvelope } from '@pacspace/wire';
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
    const span = startSpan('publish deltas', {
      kind: SpanKind.PRODUCER,
      root: true,
      links: linksTo(deltas),
      attributes: { 'messaging.batch.message_count': deltas.length, 'pacspace.lane': lane },
    });
    const startedAt = performance.now();
    try {
      const envelope = { lane, publishId, payload, traceparent: formatTraceparent(span.spanContext()) };
      const sequence = await publishEnvelope(log, envelope, GIVE_UP_AFTER_MS);
      metrics.countPublish({ deltas: deltas.length, size: payload.length, startedAt });
      check.ok();
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

/** The requests in the envelope, as far as anybody records them. */
function linksTo(deltas: readonly EncodedDelta[]): SpanContext[] {
  const links: SpanContext[] = [];
  let last = '';
  for (const { traceparent } of deltas) {
    if (traceparent === last || !traceparent.endsWith('1')) continue;
    last = traceparent;
    const context = parseTraceparent(traceparent);
    if (context !== undefined) links.push(context);
    if (links.length === MAX_LINKS) break;
  }
  return links;
}
