import { AckPolicy, type Consumer, type JsMsg } from '@nats-io/jetstream';
import { COMPARE_WORK_STREAM, COMPARE_WORKERS, type CompareWork, compareWork } from '@pacspace/wire';
import type { DeltaLog } from './delta-log.js';
import { LogError } from './errors.js';

const NANOS_PER_MS = 1_000_000;

/** Whoever gives no sign of life for so long is taken for dead, and somebody else gets the work. */
const SILENCE_MS = 10_000;
const SIGN_EVERY_MS = 2_500;
/** How long the server holds a request for work; asked again at once. */
const ASK_FOR_MS = 5_000;
/** The server does not answer: nothing is asked for so long. */
const PAUSE_MS = 1_000;

export interface WorkMessage {
  readonly work: CompareWork;
  /** From 1: how often it has been handed out. */
  readonly tries: number;
}

export interface WorkQueueOptions {
  /**
   * Does the work. Resolved: it is done, whatever that means. `later`: somebody is to have it again after a while.
   * It must not throw; if it does all the same, that means `later`, and onError hears of it.
   */
  readonly work: (message: WorkMessage) => Promise<'done' | 'later'>;
  readonly onError: (error: unknown) => void;
  /** Ends the asking for more; what is in hand is finished. */
  readonly signal: AbortSignal;
}

/**
 * Takes work one by one, and tells the server meanwhile that it lives: who is killed is replaced after ten seconds.
 * The server may still hand the same work to two of them, so whoever finishes it must be able to tell.
 */
export class WorkQueue {
  constructor(
    private readonly log: DeltaLog,
    private readonly options: WorkQueueOptions,
  ) {}

  /** Works until the signal, and until what was in hand then is done. */
  async run(): Promise<void> {
    const { signal } = this.options;
    let consumer: Consumer | undefined;
    while (!signal.aborted) {
      try {
        consumer ??= await this.open();
        const message = await this.ask(consumer);
        if (message !== null) await this.handle(message);
      } catch (error) {
        // Whatever is wrong with it, a new look at the server's state is the way on.
        consumer = undefined;
        await this.pauseAfter(error);
      }
    }
  }

  private async pauseAfter(error: unknown): Promise<void> {
    const { signal, onError } = this.options;
    if (signal.aborted) return;
    onError(error);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }

  private async open(): Promise<Consumer> {
    try {
      await this.log.manager.consumers.add(COMPARE_WORK_STREAM, {
        durable_name: COMPARE_WORKERS,
        ack_policy: AckPolicy.Explicit,
        ack_wait: SILENCE_MS * NANOS_PER_MS,
      });
      return await this.log.client.consumers.get(COMPARE_WORK_STREAM, COMPARE_WORKERS);
    } catch (cause) {
      throw new LogError('UNAVAILABLE', `work cannot be taken: ${String(cause)}`, { cause });
    }
  }

  /** Null: there is no work, or the signal came. */
  private async ask(consumer: Consumer): Promise<JsMsg | null> {
    const { signal } = this.options;
    const asked = consumer.next({ expires: ASK_FOR_MS });
    const message = await untilAborted(asked, signal);
    // What comes all the same is handed back, not kept until it seems lost.
    if (signal.aborted) asked.then((late) => late?.nak()).catch(() => undefined);
    return signal.aborted ? null : message;
  }

  private async handle(message: JsMsg): Promise<void> {
    const parsed = compareWork.safeParse(readJson(message));
    if (!parsed.success) {
      this.options.onError(new LogError('READ_GAP', `not work: ${message.string().slice(0, 200)}`));
      return message.term('not work');
    }
    const timer = setInterval(() => message.working(), SIGN_EVERY_MS);
    try {
      const outcome = await this.options.work({ work: parsed.data, tries: message.info.deliveryCount });
      if (outcome === 'done') message.ack();
      else this.handBack(message);
    } catch (error) {
      this.options.onError(error);
      this.handBack(message);
    } finally {
      clearInterval(timer);
    }
  }

  /** To somebody else at once when this process is about to end, after a while when something is amiss. */
  private handBack(message: JsMsg): void {
    if (this.options.signal.aborted) message.nak();
    else message.nak(laterMs(message.info.deliveryCount));
  }
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(null);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function laterMs(tries: number): number {
  return Math.min(1_000 * 2 ** Math.min(tries, 6), 60_000);
}

function readJson(message: JsMsg): unknown {
  try {
    return message.json();
  } catch {
    return undefined;
  }
}
