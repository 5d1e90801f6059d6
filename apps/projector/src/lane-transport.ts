import { LaneServer, type LaneServerOptions } from '@pacspace/lanes';
import { type DeltaLog, LaneReader, type LoggedMessage } from '@pacspace/log';
import { Gate, type QueueMetrics } from '@pacspace/service';

/** "This lane is ours now": answered with the log sequence to read from. */
export const LANE_OPEN = 'lane.open';
/** "These came next in the lane", or nothing did for a while: when it resolves they are in the ledger. */
export const LANE_TURN = 'lane.turn';
/** "The lane is another's from now on": when it resolves nothing is under way any more. */
export const LANE_CLOSE = 'lane.close';

export interface LaneTurnRequest {
  readonly lane: number;
  readonly messages: readonly LoggedMessage[];
}

export interface LaneTransportOptions extends Omit<LaneServerOptions, 'lanes'> {
  readonly log: DeltaLog;
  readonly queues: QueueMetrics;
}

/** Payload a turn takes at most: about 15,000 deltas, one Postgres transaction. */
const TURN_BYTES = 4 * 1024 * 1024;
/**
 * Turns under way at the same time, of all lanes: one is folded while the other is written. More of them only share the
 * same thread and data base, and each would be smaller: what a turn costs beside its deltas (a round trip a table, a
 * row a customer) is then paid more often.
 */
const TURNS_AT_ONCE = 2;
/** How long a wait for messages lasts before the lane says that all is well. */
const IDLE_WAIT_MS = 500;

/**
 * Nest's side of the log: for each lane that this process holds, turns of envelopes go to the handler of LANE_TURN,
 * one at a time and in log order, and are acknowledged when it resolves. Whatever fails (the handler, the reader, the
 * lease) ends the lane's session; the next one begins with LANE_OPEN at whatever watermark the ledger then has.
 */
export class LaneTransport extends LaneServer {
  private readonly turns: Gate;
  private readonly readers = new Set<LaneReader>();

  constructor(private readonly options: LaneTransportOptions) {
    const { log, queues, ...share } = options;
    super({ ...share, lanes: log.lanes });
    this.turns = new Gate({
      name: 'turns',
      concurrency: TURNS_AT_ONCE,
      waitLimit: log.lanes,
      metrics: queues,
    });
    // Of the lane whose read-ahead is fullest: at 1 it arrives faster than it is folded.
    queues.watch('read_ahead', () => ({
      used: Math.max(0, ...[...this.readers].map((reader) => reader.saturation())),
      limit: 1,
    }));
  }

  protected async readLane(lane: number, ended: AbortSignal, onProgress: () => void): Promise<void> {
    const { log, onLane } = this.options;
    const watermark = await this.call<number>(LANE_OPEN, lane);
    const reader = await LaneReader.open(log, lane, watermark);
    this.readers.add(reader);
    onLane(lane, 'reading', `from log sequence ${watermark}`);
    // A wait for messages ends at once; a turn under way is written to its end.
    const stopWaiting = (): void => void reader.close();
    ended.addEventListener('abort', stopWaiting, { once: true });
    try {
      while (!ended.aborted) {
        await reader.wait(IDLE_WAIT_MS);
        await this.turns.run(() => this.takeTurn(reader));
        onProgress();
      }
    } finally {
      ended.removeEventListener('abort', stopWaiting);
      this.readers.delete(reader);
      await reader.close();
      await this.call(LANE_CLOSE, lane);
    }
  }

  /** What came while the lane waited for its turn goes with it. */
  private async takeTurn(reader: LaneReader): Promise<void> {
    const { messages, ack } = reader.take(TURN_BYTES);
    await this.call(LANE_TURN, { lane: reader.lane, messages } satisfies LaneTurnRequest);
    ack();
  }
}
