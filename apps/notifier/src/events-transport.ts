import { LaneServer, type LaneServerOptions } from '@pacspace/lanes';
import type { ToldCursor } from '@pacspace/ledger';
import { runLaneSession, type SessionTools, type ToldTurn } from './lane-session.js';

/** "This was told next of a lane's customers": answered with the cursor once deliveries are made of it. */
export const TOLD_TURN = 'told.turn';

export interface EventsTransportOptions extends Omit<LaneServerOptions, 'lanes'> {
  readonly session: Omit<SessionTools, 'onTurn'>;
}

/**
 * Nest's side of the event stream: for each lane that this process holds, what is told in it goes to the handler of
 * TOLD_TURN, one turn at a time and subject.
 */
export class EventsTransport extends LaneServer {
  constructor(private readonly options: EventsTransportOptions) {
    const { session, ...share } = options;
    super({ ...share, lanes: session.log.lanes });
  }

  protected async readLane(lane: number, ended: AbortSignal, onProgress: () => void): Promise<void> {
    const { session, onLane } = this.options;
    const onTurn = (turn: ToldTurn): Promise<ToldCursor> => this.call<ToldCursor>(TOLD_TURN, turn);
    onLane(lane, 'reading', 'from where the deliveries end');
    await runLaneSession({ ...session, onTurn }, lane, { ended, onProgress });
  }
}
