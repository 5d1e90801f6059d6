import { randomBytes } from 'node:crypto';
import { AckPolicy, DeliverPolicy, ReplayPolicy } from '@nats-io/jetstream';
import { EVENTS_STREAM } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';
import { PullWindow } from './pull-window.js';

const NANOS_PER_MS = 1_000_000;
/** A consumer whose reader has died is forgotten after this time. */
const FORGET_AFTER_MS = 60_000;

export interface ToldMessage {
  /** Of the event stream. */
  readonly sequence: number;
  /** By the log's clock. */
  readonly toldAtMs: number;
  readonly payload: string;
}

/**
 * Reads one subject of the event stream in order and without gaps, from just after a sequence that the reader keeps
 * itself, together with what it makes of the events: so nothing is acknowledged, and a reader that comes after another
 * begins where that one's work ends, not where its reading did.
 */
export class EventsReader {
  private constructor(
    private readonly log: DeltaLog,
    private readonly consumer: string,
    private readonly window: PullWindow,
    private readonly found: { readonly waiting: number; readonly restarted: boolean },
  ) {}

  /** Messages that the subject held beyond `afterSequence` when it was opened. */
  get waiting(): number {
    return this.found.waiting;
  }

  /** The stream holds less than was read: it is read from its beginning. */
  get restarted(): boolean {
    return this.found.restarted;
  }

  /**
   * @param afterSequence when the stream has lost its end, or was made anew, and holds less: the reader begins at its
   * first message, and whoever reads knows again what he has seen.
   * @throws LogError UNAVAILABLE
   */
  static async open(log: DeltaLog, subject: string, afterSequence: number): Promise<EventsReader> {
    const consumer = `notifier-${subject.replaceAll('.', '-')}-${randomBytes(6).toString('hex')}`;
    try {
      const { state } = await log.manager.streams.info(EVENTS_STREAM);
      const restarted = afterSequence > state.last_seq;
      const info = await log.manager.consumers.add(EVENTS_STREAM, {
        name: consumer,
        mem_storage: true,
        inactive_threshold: FORGET_AFTER_MS * NANOS_PER_MS,
        filter_subject: subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: restarted ? 1 : afterSequence + 1,
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
      });
      const window = new PullWindow({ connection: log.connection, stream: EVENTS_STREAM, consumer });
      return new EventsReader(log, consumer, window, { waiting: info.num_pending, restarted });
    } catch (cause) {
      throw new LogError('UNAVAILABLE', `${subject} cannot be read: ${String(cause)}`, { cause });
    }
  }

  /**
   * Waits at most `waitMs`, then takes what has arrived, up to about `maxBytes`. One call at a time.
   *
   * @throws LogError READ_GAP | READER_REPLACED: open it again.
   */
  async next(maxBytes: number, waitMs: number): Promise<readonly ToldMessage[]> {
    await this.window.wait(waitMs);
    return this.window.take(maxBytes).map(({ streamSequence, recordedAtMs, message }) => ({
      sequence: streamSequence,
      toldAtMs: recordedAtMs,
      payload: message.string(),
    }));
  }

  close(): void {
    this.window.close();
    if (this.log.connection.isClosed()) return;
    this.log.connection.publish(`$JS.API.CONSUMER.DELETE.${EVENTS_STREAM}.${this.consumer}`, '');
  }
}
