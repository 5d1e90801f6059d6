import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiError,
  type JsMsg,
  ReplayPolicy,
} from '@nats-io/jetstream';
import { DELTAS_STREAM, deltasSubject, projectorConsumer } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';

const NANOS_PER_MS = 1_000_000;

/** Envelopes under way from the server: enough to hide a round trip, few enough to bound memory (envelope cap × this). */
const PREFETCH = 32;

/** A turn that takes longer is taken for lost, and the lane is read again from the watermark: late, never wrong. */
const ACK_WAIT_MS = 120_000;

export interface LoggedMessage {
  readonly sequence: number;
  /** The log's own clock. */
  readonly recordedAtMs: number;
  readonly payload: string;
  readonly traceparent: string | undefined;
}

/** What has arrived, in log order, and the way to tell the server that all of it is in the ledger. */
export interface LogTurn {
  readonly messages: readonly LoggedMessage[];
  readonly ack: () => void;
}

/**
 * Reads one lane in log order, without gaps, from just after `afterSequence`.
 *
 * The consumer is a durable one, so that its lag can be seen and scaled on, but where to read from is decided by the
 * ledger's watermark alone: it is made anew at every opening. JetStream numbers what it delivers; a number that is
 * not the next one means that a message was lost on the way or is being redelivered, and then the reader fails
 * rather than skip: folding envelope n + 1 before n would lose n for ever behind the watermark.
 */
export class LaneReader {
  private expectedDelivery = 1;
  private pending: Promise<IteratorResult<JsMsg>> | undefined;
  private readonly iterator: AsyncIterator<JsMsg>;

  private constructor(
    readonly lane: number,
    private readonly messages: ConsumerMessages,
  ) {
    this.iterator = messages[Symbol.asyncIterator]();
  }

  /** @throws LogError UNAVAILABLE */
  static async open(log: DeltaLog, lane: number, afterSequence: number): Promise<LaneReader> {
    try {
      const consumer = await renewConsumer(log, lane, afterSequence);
      return new LaneReader(
        lane,
        await consumer.consume({ max_messages: PREFETCH, abort_on_missing_resource: true }),
      );
    } catch (cause) {
      throw new LogError('UNAVAILABLE', `lane ${lane} cannot be read: ${String(cause)}`, { cause });
    }
  }

  /**
   * Waits at most `waitMs` for a message, then takes all that have arrived, up to about `maxBytes` of payload.
   * Without messages when nothing came.
   *
   * @throws LogError READ_GAP | READER_REPLACED
   */
  async next(maxBytes: number, waitMs: number): Promise<LogTurn> {
    const first = await this.nextWithin(waitMs);
    if (first === undefined) return { messages: [], ack: () => undefined };
    const messages = [this.check(first)];
    let last = first;
    let bytes = first.data.length;
    while (bytes < maxBytes && this.messages.getPending() > 0) {
      const result = await this.iterator.next();
      if (result.done === true) break;
      last = result.value;
      messages.push(this.check(last));
      bytes += last.data.length;
    }
    // The consumer's acks are cumulative: this one stands for the whole turn.
    return { messages, ack: () => last.ack() };
  }

  async close(): Promise<void> {
    await this.messages.close();
  }

  private async nextWithin(waitMs: number): Promise<JsMsg | undefined> {
    // A wait that ran out leaves its promise standing: the next call takes it up, so that no message is dropped.
    this.pending ??= this.iterator.next();
    const timer = startTimer(waitMs);
    const result = await Promise.race([this.pending, timer.elapsed]).finally(timer.cancel);
    if (result === undefined) return undefined;
    this.pending = undefined;
    if (result.done === true)
      throw new LogError('READER_REPLACED', `lane ${this.lane}: the consumer is gone`);
    return result.value;
  }

  private check(message: JsMsg): LoggedMessage {
    const { deliverySequence, streamSequence, timestampNanos } = message.info;
    if (deliverySequence !== this.expectedDelivery || message.redelivered) {
      throw new LogError(
        'READ_GAP',
        `lane ${this.lane}: delivery ${deliverySequence} where ${this.expectedDelivery} was due (log ${streamSequence})`,
      );
    }
    this.expectedDelivery += 1;
    const traceparent = message.headers?.get('traceparent');
    return {
      sequence: streamSequence,
      recordedAtMs: Math.floor(timestampNanos / NANOS_PER_MS),
      payload: message.string(),
      traceparent: traceparent === '' ? undefined : traceparent,
    };
  }
}

const NO_SUCH_CONSUMER = 10014;

async function renewConsumer(log: DeltaLog, lane: number, afterSequence: number): Promise<Consumer> {
  const name = projectorConsumer(lane);
  try {
    await log.manager.consumers.delete(DELTAS_STREAM, name);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== NO_SUCH_CONSUMER) throw error;
  }
  await log.manager.consumers.add(DELTAS_STREAM, {
    durable_name: name,
    filter_subject: deltasSubject(lane),
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: afterSequence + 1,
    // One ack stands for all before it: one message a turn instead of one an envelope.
    ack_policy: AckPolicy.All,
    ack_wait: ACK_WAIT_MS * NANOS_PER_MS,
    max_ack_pending: 4 * PREFETCH,
    replay_policy: ReplayPolicy.Instant,
  });
  return await log.client.consumers.get(DELTAS_STREAM, name);
}

function startTimer(ms: number): { elapsed: Promise<undefined>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  return { elapsed, cancel: () => clearTimeout(timer) };
}
