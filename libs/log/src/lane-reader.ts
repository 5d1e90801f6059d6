import { randomBytes } from 'node:crypto';
import { AckPolicy, DeliverPolicy, JetStreamApiError, ReplayPolicy } from '@nats-io/jetstream';
import { DELTAS_STREAM, HEADER_TRACEPARENT, deltasSubject, projectorConsumer } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';
import { type Delivery, PullWindow } from './pull-window.js';

const NANOS_PER_MS = 1_000_000;

/** A turn that takes longer is taken for lost, and the lane is read again from the watermark: late, never wrong. */
const ACK_WAIT_MS = 120_000;

/** A consumer whose reader has died is forgotten after this time, or when the next reader comes. */
const FORGET_AFTER_MS = 300_000;

export interface LoggedMessage {
  readonly sequence: number;
  /** The log's own clock. */
  readonly recordedAtMs: number;
  readonly payload: string;
  readonly traceparent: string | undefined;
}

/** All that reading needs of a log. */
type ReadableLog = Pick<DeltaLog, 'connection' | 'manager'>;

/** What has arrived, in log order, and the way to tell the server that all of it is in the ledger. */
export interface LogTurn {
  readonly messages: readonly LoggedMessage[];
  readonly ack: () => void;
}

/**
 * Reads one lane in log order, without gaps, from just after `afterSequence`, or fails: folding envelope n + 1 before
 * n would lose n for ever behind the watermark.
 *
 * Every opening makes a consumer of its own and deletes those of earlier readers. Were its name the same each time, a
 * reader that slept through its replacement would go on with the other's consumer, and its next delivery could well
 * bear the number that it expects: a gap that no check of numbers sees. Where to read from is decided by the ledger's
 * watermark alone, so the consumer need not outlive anything and is kept in memory; its lag is the lane's lag.
 */
export class LaneReader {
  private constructor(
    readonly lane: number,
    private readonly log: ReadableLog,
    private readonly consumer: string,
    private readonly window: PullWindow,
  ) {}

  /**
   * @param purpose names the consumer; a reader replaces the earlier ones of the same lane and purpose only.
   * @throws LogError UNAVAILABLE
   */
  static async open(
    log: ReadableLog,
    lane: number,
    afterSequence: number,
    purpose = projectorConsumer(lane),
  ): Promise<LaneReader> {
    const consumer = `${purpose}-${randomBytes(6).toString('hex')}`;
    try {
      await deleteConsumers(log, purpose);
      await log.manager.consumers.add(DELTAS_STREAM, {
        name: consumer,
        mem_storage: true,
        inactive_threshold: FORGET_AFTER_MS * NANOS_PER_MS,
        filter_subject: deltasSubject(lane),
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: afterSequence + 1,
        // One ack stands for all before it: one message a turn instead of one an envelope.
        ack_policy: AckPolicy.All,
        ack_wait: ACK_WAIT_MS * NANOS_PER_MS,
        // What the window asks for is the limit.
        max_ack_pending: -1,
        replay_policy: ReplayPolicy.Instant,
      });
      const window = new PullWindow({ connection: log.connection, stream: DELTAS_STREAM, consumer });
      return new LaneReader(lane, log, consumer, window);
    } catch (cause) {
      throw new LogError('UNAVAILABLE', `lane ${lane} cannot be read: ${String(cause)}`, { cause });
    }
  }

  /**
   * Waits at most `waitMs` for a message, then takes all that have arrived. One call at a time.
   *
   * @throws LogError as `take` does
   */
  async next(maxBytes: number, waitMs: number): Promise<LogTurn> {
    await this.wait(waitMs);
    return this.take(maxBytes);
  }

  /** Resolves as soon as there is a message, or after `waitMs`. One call at a time. */
  async wait(waitMs: number): Promise<void> {
    await this.window.wait(waitMs);
  }

  /**
   * All messages that have arrived, up to about `maxBytes` of payload; none when nothing came.
   *
   * @throws LogError READ_GAP | READER_REPLACED: open the lane again at its watermark.
   */
  take(maxBytes: number): LogTurn {
    const deliveries = this.window.take(maxBytes);
    const last = deliveries.at(-1);
    return {
      messages: deliveries.map(toLoggedMessage),
      // The consumer's acks are cumulative: this one stands for the whole turn.
      ack: () => {
        if (last?.message.reply !== undefined) this.tell(last.message.reply, '+ACK');
      },
    };
  }

  /** How much of what may be read ahead has come and was not taken yet, from 0 to about 1. */
  saturation(): number {
    return this.window.saturation();
  }

  /** Ends a wait under way, and the consumer as soon as the server hears of it. */
  close(): Promise<void> {
    this.window.close();
    this.tell(`$JS.API.CONSUMER.DELETE.${DELTAS_STREAM}.${this.consumer}`, '');
    return Promise.resolve();
  }

  /** Without an answer, and of no consequence if it gets lost. */
  private tell(subject: string, payload: string): void {
    if (!this.log.connection.isClosed()) this.log.connection.publish(subject, payload);
  }
}

function toLoggedMessage({ message, streamSequence, recordedAtMs }: Delivery): LoggedMessage {
  const traceparent = message.headers?.get(HEADER_TRACEPARENT);
  return {
    sequence: streamSequence,
    recordedAtMs,
    payload: message.string(),
    traceparent: traceparent === '' ? undefined : traceparent,
  };
}

const NO_SUCH_CONSUMER = 10014;

/** Of earlier readers for the same; each that is still alive is told. */
async function deleteConsumers(log: ReadableLog, purpose: string): Promise<void> {
  for await (const { name } of log.manager.consumers.list(DELTAS_STREAM)) {
    if (!name.startsWith(`${purpose}-`)) continue;
    try {
      await log.manager.consumers.delete(DELTAS_STREAM, name);
    } catch (error) {
      // Its own reader, or another one that opens the lane at the same time, was first.
      if (!(error instanceof JetStreamApiError) || error.code !== NO_SUCH_CONSUMER) throw error;
    }
  }
}
