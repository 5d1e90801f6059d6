import type { DeadLetter, LoggedMessage } from '@pacspace/log';
import type { DeltaEvents } from '@pacspace/wire';
import type { Server } from './network.js';

export interface SimMessage extends LoggedMessage {
  readonly lane: number;
}

/** The log's server: what it has stored stays, in one order, with its own clock's time stamps. */
export class SimLog implements Server {
  readonly name = 'log';
  up = true;
  readonly messages: SimMessage[] = [];
  readonly events: DeltaEvents[] = [];
  /** By lane and log sequence. */
  readonly deadLetters = new Map<string, string>();
  /** The server's clock: it may jump, in both directions. */
  clockMs: number;
  private ids = new Map<string, number>();
  private waiting: (() => void)[] = [];

  constructor(
    readonly lanes: number,
    startMs: number,
    /** Whether a broken log acknowledges the next message without keeping it. */
    private readonly forgets: () => boolean,
  ) {
    this.clockMs = startMs;
  }

  append(lane: number, publishId: string, payload: string): number {
    const known = this.ids.get(publishId);
    if (known !== undefined) return known;
    const sequence = this.messages.length + 1;
    if (this.forgets()) return sequence;
    this.messages.push({ lane, sequence, recordedAtMs: this.clockMs, payload, traceparent: undefined });
    this.ids.set(publishId, sequence);
    for (const wake of this.waiting.splice(0)) wake();
    return sequence;
  }

  /** The window within which a repeated publish is recognised is over. */
  forgetIds(): void {
    this.ids.clear();
  }

  count(lane: number): number {
    return this.messages.filter((message) => message.lane === lane).length;
  }

  read(lane: number, afterSequence: number, most: number): SimMessage[] {
    return this.messages
      .filter((message) => message.lane === lane && message.sequence > afterSequence)
      .slice(0, most);
  }

  /** Resolves when something has been appended, or at the next `wakeAll`. */
  whenAppended(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  wakeAll(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }

  tell(events: DeltaEvents): void {
    const { lane, afterSequence, throughSequence } = events;
    const id = `events-${lane}-${afterSequence}-${throughSequence}`;
    if (this.ids.has(id)) return;
    this.ids.set(id, 0);
    this.events.push(events);
  }

  lastTold(lane: number): number {
    return this.events.findLast((events) => events.lane === lane)?.throughSequence ?? 0;
  }

  putAside({ lane, message, reason }: DeadLetter): void {
    this.deadLetters.set(`${lane}/${message.sequence}`, reason);
  }
}
