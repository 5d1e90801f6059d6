import { AsyncLocalStorage } from 'node:async_hooks';
import { type DeadLetter, type DeltaLog, publishDeadLetter, publishEvents } from '@pacspace/log';
import { type Logger, traceStep } from '@pacspace/service';
import type { DeltaEvents } from '@pacspace/wire';
import type { TellingHealth } from './telling-health.js';
import { EVENTS_SPAN } from './turn-span.js';

/** What a turn makes known. */
export interface Telling {
  /** Before the events, which say that all of the turn is told. */
  readonly deadLetters: readonly DeadLetter[];
  readonly events: DeltaEvents;
  readonly traceparent?: string;
}

export interface TellerTools {
  readonly log: DeltaLog;
  readonly tellingHealth: TellingHealth;
  readonly logger: Logger;
}

/**
 * Turns of a lane that are in the ledger and not yet told, at most. One is told while the next is folded; the others are
 * for a log that takes nothing for a while, since it is full or away.
 */
export const UNTOLD_TURNS = 4;

/**
 * Tells what became of a lane's deltas, turn by turn and in log order, behind the fold: whoever waits for the ledger need
 * not wait for the log's disk as well. What cannot be told stays and is tried again; the ledger goes on meanwhile. When
 * UNTOLD_TURNS wait, the lane's session ends; the next one has them as one turn to tell, made again from the ledger, as
 * after a crash.
 */
export class LaneTeller {
  private readonly waiting: (() => Promise<number>)[] = [];
  private running: Promise<void> | undefined;
  private failure: Error | undefined;
  private told: number;
  private added: number;

  /** @param toldSequence the log sequence up to which an earlier session has told all. */
  constructor(
    private readonly lane: number,
    private readonly tools: TellerTools,
    toldSequence: number,
  ) {
    this.told = toldSequence;
    this.added = toldSequence;
  }

  /** The log sequence up to which all is told. */
  get toldSequence(): number {
    return this.told;
  }

  /** The log sequence up to which all is told or waits to be. */
  get addedSequence(): number {
    return this.added;
  }

  /** Turns that wait to be told. */
  get untold(): number {
    return this.waiting.length;
  }

  /** @throws what the log throws, when no more turns may wait and the oldest still cannot be told. */
  async makeRoom(): Promise<void> {
    while (this.waiting.length >= UNTOLD_TURNS) {
      await this.tellWaiting();
      if (this.failure !== undefined) throw this.failure;
    }
  }

  /** @param telling follows what was added before. */
  add(telling: Telling): void {
    // Told in the span of its own turn, whichever turn is under way by then.
    const inContext = AsyncLocalStorage.snapshot();
    const { throughSequence } = telling.events;
    this.added = throughSequence;
    this.waiting.push(async () => {
      await inContext(() => this.tell(telling));
      return throughSequence;
    });
    void this.tellWaiting();
  }

  /** Tells what waits, up to the first that the log does not take. Never throws. */
  async tellWaiting(): Promise<void> {
    if (this.waiting.length === 0) return;
    this.running ??= this.tellAll();
    await this.running;
  }

  private async tellAll(): Promise<void> {
    const { lane } = this;
    const { tellingHealth, logger } = this.tools;
    try {
      for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
        this.told = await next();
        this.waiting.shift();
      }
      this.failure = undefined;
      tellingHealth.told(lane);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      if (tellingHealth.failed(lane, error)) logger.warn({ err: error, lane }, 'events are kept: not taken');
    } finally {
      this.running = undefined;
    }
  }

  private async tell({ deadLetters, events, traceparent }: Telling): Promise<void> {
    const { log } = this.tools;
    for (const letter of deadLetters) await publishDeadLetter(log, letter);
    await traceStep(EVENTS_SPAN.name, EVENTS_SPAN.options, () => publishEvents(log, events, traceparent));
  }
}
