import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { createInbox } from '@nats-io/transport-node';
import { type DeliveryInfo, parseDelivery } from './delivery.js';
import { LogError } from './errors.js';

export interface Delivery extends DeliveryInfo {
  readonly message: Msg;
}

export interface PullTarget {
  readonly connection: NatsConnection;
  readonly stream: string;
  /** A consumer that nobody else pulls from, and that has delivered nothing yet. */
  readonly consumer: string;
}

/** Payload held before somebody takes it: enough to hide the round trip and the transfer behind the work on a turn. */
const READ_AHEAD_BYTES = 4 * 1024 * 1024;
const READ_AHEAD_MESSAGES = 1_000;
/** Subject, headers and protocol of a message, which the server counts as well. */
const OVERHEAD_BYTES = 16 * 1024;

const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 1_000;
/** Counted in ticks of our own timer, so that a process that was suspended itself does not blame the server. */
const SILENT_TICKS = 8;
const TICK_MS = HEARTBEAT_MS / 2;
const NANOS_PER_MS = 1_000_000;

/**
 * Holds what a consumer delivers until it is taken: never much more than READ_AHEAD_BYTES, in order, and complete.
 *
 *   idle ──room──▶ asked ──all of it came, or the server says that the request is over──▶ idle, and so on
 *   any  ──a number is missing, the consumer or the connection is gone, the server is silent──▶ failed, for good
 *
 * JetStream numbers what it delivers. A number that is not the next one, or a heartbeat that counts more than has
 * come, means that messages were lost on the way: they would be delivered again only after the consumer's ack_wait,
 * behind others. Whatever came before the failure is still handed out, being complete up to there.
 */
export class PullWindow {
  private readonly inbox = createInbox();
  private readonly subscription: Subscription;
  private readonly timer: NodeJS.Timeout;
  private held: Delivery[] = [];
  private heldBytes = 0;
  private received = 0;
  /** Requests made so far; statuses name the one that they are about. */
  private requests = 0;
  /** Messages that the present request may still bring; 0 when there is none. */
  private due = 0;
  private silentTicks = 0;
  private failure: LogError | undefined;
  private closed = false;
  private wake: () => void = () => undefined;
  private readonly session: string;

  constructor(private readonly target: PullTarget) {
    this.subscription = target.connection.subscribe(`${this.inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.receive(message);
        else this.fail(gap(`the subscription has failed: ${String(error)}`));
      },
    });
    this.session = sessionOf(target.connection);
    this.timer = setInterval(() => this.watch(), TICK_MS);
    this.askForMore();
  }

  /** Resolves as soon as there is something to take, or a failure to be told, or after `waitMs`. */
  async wait(waitMs: number): Promise<void> {
    if (this.held.length > 0 || this.failure !== undefined || this.closed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /**
   * All that is held, in order, up to the message with which `maxBytes` of payload are reached.
   *
   * @throws LogError READ_GAP | READER_REPLACED when nothing is held and nothing will come any more.
   */
  take(maxBytes: number): Delivery[] {
    if (this.held.length === 0 && this.failure !== undefined) throw this.failure;
    let bytes = 0;
    let count = 0;
    for (const { message } of this.held) {
      if (bytes >= maxBytes) break;
      bytes += message.data.length;
      count += 1;
    }
    const taken = this.held.slice(0, count);
    this.held = this.held.slice(count);
    this.heldBytes -= bytes;
    this.askForMore();
    return taken;
  }

  /** How full it is: 1 when no more is asked for. The messages of a request under way may bring it a little above. */
  saturation(): number {
    return Math.max(this.heldBytes / READ_AHEAD_BYTES, this.held.length / READ_AHEAD_MESSAGES);
  }

  /** Ends a wait under way; nothing comes any more. */
  close(): void {
    this.closed = true;
    this.held = [];
    this.end();
  }

  private receive(message: Msg): void {
    if (this.failure !== undefined || this.closed) return;
    this.silentTicks = 0;
    const info = message.reply === undefined ? undefined : parseDelivery(message.reply);
    if (info === undefined) this.hearStatus(message);
    else this.hold({ ...info, message });
    this.askForMore();
  }

  private hold(delivery: Delivery): void {
    const { consumerSequence, streamSequence, times } = delivery;
    if (consumerSequence !== this.received + 1 || times !== 1) {
      this.fail(
        gap(
          `delivery ${consumerSequence} where ${this.received + 1} was due (log sequence ${streamSequence})`,
        ),
      );
      return;
    }
    this.received += 1;
    this.due = Math.max(0, this.due - 1);
    this.held.push(delivery);
    this.heldBytes += delivery.message.data.length;
    this.wake();
  }

  /** A message without payload that is about the request: NATS ADR-37 (pull) and ADR-13 (statuses). */
  private hearStatus(message: Msg): void {
    const code = message.headers?.code;
    const description = message.headers?.description ?? '';
    if (code === 100) {
      const delivered = Number(message.headers?.get('Nats-Last-Consumer'));
      if (delivered > this.received)
        this.fail(gap(`${delivered} were delivered, ${this.received} have come`));
    } else if (code === 408 || (code === 409 && /Batch Completed|Exceeds MaxBytes/i.test(description))) {
      if (message.subject === this.replySubject()) this.due = 0;
    } else if (code === 409 && /Consumer Deleted/i.test(description)) {
      this.fail(new LogError('READER_REPLACED', `${this.target.consumer}: another reader has the lane`));
    } else {
      this.fail(gap(`the server answers ${String(code)} ${description}`.trim()));
    }
  }

  /** A request always leaves room for the largest message: one that fits nowhere would be asked for without end. */
  private askForMore(): void {
    const idle = this.due === 0 && this.failure === undefined && !this.closed;
    if (!idle || this.heldBytes >= READ_AHEAD_BYTES || this.held.length >= READ_AHEAD_MESSAGES) return;
    const { connection, stream, consumer } = this.target;
    if (connection.isClosed()) return; // the timer says so
    const largest = (connection.info?.max_payload ?? 0) + OVERHEAD_BYTES;
    this.requests += 1;
    this.due = READ_AHEAD_MESSAGES - this.held.length;
    const request = {
      batch: this.due,
      max_bytes: READ_AHEAD_BYTES - this.heldBytes + largest,
      expires: EXPIRES_MS * NANOS_PER_MS,
      idle_heartbeat: HEARTBEAT_MS * NANOS_PER_MS,
    };
    connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(request), {
      reply: this.replySubject(),
    });
  }

  private replySubject(): string {
    return `${this.inbox}.${this.requests}`;
  }

  private watch(): void {
    const { connection } = this.target;
    if (connection.isClosed()) this.fail(gap('the connection is closed'));
    // The client connects again by itself, but what was on its way then, and the request with it, is lost.
    if (sessionOf(connection) !== this.session) this.fail(gap('the connection was lost'));
    if (this.due === 0) return;
    this.silentTicks += 1;
    if (this.silentTicks > SILENT_TICKS) this.fail(gap('the server is silent'));
  }

  private fail(failure: LogError): void {
    this.failure ??= failure;
    this.end();
  }

  private end(): void {
    clearInterval(this.timer);
    this.subscription.unsubscribe();
    this.wake();
  }
}

/** The server numbers its clients' connections, and names itself anew at every start. */
function sessionOf({ info }: NatsConnection): string {
  return `${info?.server_id} ${info?.client_id}`;
}

function gap(message: string): LogError {
  return new LogError('READ_GAP', message);
}
