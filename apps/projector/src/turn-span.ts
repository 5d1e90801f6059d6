import type { LoggedMessage } from '@pacspace/log';
import {
  databaseSpan,
  parseTraceparent,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  withSpan,
} from '@pacspace/service';
import { DELTAS_STREAM, EVENTS_STREAM } from '@pacspace/wire';

/** An exporter would cut them at 128 anyway (OpenTelemetry's default limit). */
const MAX_LINKS = 128;

/**
 * Runs a turn in its span: part of the trace of the first envelope that anybody records, so that the trace of a request
 * goes on through the ledger; with links to all such envelopes, as the conventions for messaging ask for batches.
 */
export async function inTurnSpan<T>(
  lane: number,
  messages: readonly LoggedMessage[],
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const links = tracedEnvelopes(messages);
  const [parent] = links;
  const options: SpanOptions = {
    kind: SpanKind.CONSUMER,
    ...(parent === undefined ? { root: true } : { parent }),
    links,
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': DELTAS_STREAM,
      'messaging.destination.partition.id': String(lane),
      'messaging.batch.message_count': messages.length,
    },
  };
  return await withSpan('process deltas', options, work);
}

function tracedEnvelopes(messages: readonly LoggedMessage[]): SpanContext[] {
  const contexts: SpanContext[] = [];
  for (const { traceparent } of messages) {
    if (traceparent?.endsWith('1') !== true) continue;
    const context = parseTraceparent(traceparent);
    if (context !== undefined) contexts.push(context);
    if (contexts.length === MAX_LINKS) break;
  }
  return contexts;
}

interface Step {
  readonly name: string;
  readonly options: SpanOptions;
}

/** Look-ups, fold and all rows of the turn, in one transaction. */
const TURN = 'UPDATE lane COPY entry COPY record';
export const TURN_SPAN: Step = { name: TURN, options: databaseSpan(TURN) };

export const CACHE_SPAN: Step = {
  name: 'EVALSHA put turn',
  options: {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'redis', 'db.operation.name': 'EVALSHA' },
  },
};

export const EVENTS_SPAN: Step = {
  name: 'publish events',
  options: {
    kind: SpanKind.PRODUCER,
    attributes: {
      'messaging.system': 'nats',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': EVENTS_STREAM,
    },
  },
};
