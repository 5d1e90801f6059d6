import { headers } from '@nats-io/transport-node';
import { HEADER_TRACEPARENT, deltasSubject } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { toPublishError } from './publish-error.js';

/** One attempt's wait for the acknowledgement. A sync takes milliseconds; seconds mean that the server is away. */
const ACK_TIMEOUT_MS = 2_000;
const RETRY_PAUSE_MS = 100;

export interface EnvelopeToPublish {
  readonly lane: number;
  /** Kept over the retries, so that an envelope stored by an attempt that seemed to fail is not stored again. */
  readonly publishId: string;
  readonly payload: string;
  readonly traceparent?: string | undefined;
}

/**
 * Stores an envelope; resolves with its log sequence once the server has acknowledged it, which is when it may be
 * acknowledged to anybody.
 *
 * @param giveUpAfterMs how long to go on trying.
 * @throws LogError UNAVAILABLE: the envelope may be stored or not, its deltas must not be acknowledged.
 *   TOO_LARGE, at once: the server takes no message of this size.
 */
export async function publishEnvelope(
  log: DeltaLog,
  envelope: EnvelopeToPublish,
  giveUpAfterMs: number,
): Promise<number> {
  const payload = Buffer.from(envelope.payload);
  const giveUpAt = performance.now() + giveUpAfterMs;
  for (;;) {
    const remainingMs = giveUpAt - performance.now();
    try {
      const ack = await log.client.publish(deltasSubject(envelope.lane), payload, {
        msgID: envelope.publishId,
        timeout: Math.max(1, Math.min(ACK_TIMEOUT_MS, remainingMs)),
        retries: 0,
        ...(envelope.traceparent !== undefined && { headers: traceHeaders(envelope.traceparent) }),
      });
      return ack.seq;
    } catch (cause) {
      const error = toPublishError(log, 'the envelope', cause);
      if (error.code === 'TOO_LARGE' || giveUpAt - performance.now() <= RETRY_PAUSE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }
}

function traceHeaders(traceparent: string): ReturnType<typeof headers> {
  const map = headers();
  map.set(HEADER_TRACEPARENT, traceparent);
  return map;
}
