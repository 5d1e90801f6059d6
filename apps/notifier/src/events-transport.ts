import { Server } from '@nestjs/microservices';
import { LaneShare, type LaneShareOptions } from '@pacspace/lanes';
import type { ToldCursor } from '@pacspace/ledger';
import { lastValueFrom, type Observable } from 'rxjs';
import { runLaneSession, type SessionTools, type ToldTurn } from './lane-session.js';

/** "This was told next of a lane's customers": answered with the cursor once deliveries are made of it. */
export const TOLD_TURN = 'told.turn';

export interface EventsTransportOptions extends Omit<LaneShareOptions, 'read' | 'lanes'> {
  readonly session: Omit<SessionTools, 'onTurn'>;
}

/**
 * Nest's side of the event stream: for each lane that this process holds, what is told in it goes to the handler of
 * TOLD_TURN, one turn at a time and subject.
 */
export class EventsTransport extends Server {
  private readonly stopping = new AbortController();
  private running = Promise.resolve();

  constructor(private readonly options: EventsTransportOptions) {
    super();
  }

  listen(callback: () => void): void {
    const { session, ...options } = this.options;
    const { onLane } = options;
    const tools = { ...session, onTurn: (turn: ToldTurn) => this.call<ToldCursor>(TOLD_TURN, turn) };
    const share = new LaneShare({
      ...options,
      lanes: session.log.lanes,
      read: async (lane, ended, onProgress) => {
        onLane(lane, 'reading', 'from where the deliveries end');
        await runLaneSession(tools, lane, { ended, onProgress });
      },
    });
    this.running = share.run(this.stopping.signal);
    callback();
  }

  /** Begins nothing more; resolves when what was under way is noted, and the leases given free. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  on(): never {
    throw new Error('the events transport has no events to listen to');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the base class's signature
  unwrap<T>(): T {
    return this.options.session.log as T;
  }

  private async call<T>(pattern: string, data: unknown): Promise<T> {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) throw new Error(`no handler for ${pattern}`);
    return await lastValueFrom(this.transformToObservable(await handler(data)) as Observable<T>);
  }
}
