import { Server } from '@nestjs/microservices';
import { type DeltaLog, LaneReader, type LoggedMessage } from '@pacspace/log';
import { type Logger, sleep } from '@pacspace/service';
import { lastValueFrom, type Observable } from 'rxjs';
import type { LeaseKeeper } from './lease-keeper.js';

/** "This lane is ours now": answered with the log sequence to read from. */
export const LANE_OPEN = 'lane.open';
/** "These came next in the lane": when it resolves they are in the ledger. */
export const LANE_TURN = 'lane.turn';

export interface LaneTurnRequest {
  readonly lane: number;
  readonly messages: readonly LoggedMessage[];
}

export interface LaneTransportOptions {
  readonly log: DeltaLog;
  readonly leases: LeaseKeeper;
  readonly logger: Logger;
  /** Told of each change, for health and metrics. */
  readonly onLane: (lane: number, state: LaneActivity, detail: string) => void;
}

export type LaneActivity = 'standby' | 'reading' | 'failing';

/** Payload a turn takes at most: about 15,000 deltas, one Postgres transaction. */
const TURN_BYTES = 4 * 1024 * 1024;
/** How long a wait for messages lasts before the lane looks up: for shut-down and a lost lease. */
const IDLE_WAIT_MS = 500;
/** Between tries to get a lane that somebody else has. */
const STANDBY_MS = 500;
const RETRY_FIRST_MS = 100;
const RETRY_LONGEST_MS = 5_000;

/**
 * Nest's side of the log: for each lane that this process holds, turns of envelopes go to the handler of LANE_TURN,
 * one at a time and in log order, and are acknowledged when it resolves. Whatever fails (the handler, the reader, the
 * lease) ends the lane's session; the next one begins with LANE_OPEN at whatever watermark the ledger then has.
 */
export class LaneTransport extends Server {
  private readonly stopping = new AbortController();
  private running: Promise<void>[] = [];

  constructor(private readonly options: LaneTransportOptions) {
    super();
  }

  listen(callback: () => void): void {
    const { lanes } = this.options.log;
    this.running = Array.from({ length: lanes }, (_, lane) => this.runLane(lane));
    callback();
  }

  /** Stops reading; resolves when the turns under way are written and acknowledged. */
  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.running);
  }

  on(): never {
    throw new Error('the lane transport has no events to listen to');
  }

  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the base class's signature
  unwrap<T>(): T {
    return this.options.log as T;
  }

  private async runLane(lane: number): Promise<void> {
    const { leases, logger, onLane } = this.options;
    const { signal } = this.stopping;
    let pauseMs = 0;
    while (!signal.aborted) {
      await sleep(pauseMs, signal);
      try {
        const lost = await leases.tryTake(lane);
        if (lost === undefined) {
          onLane(lane, 'standby', 'another projector has it');
          pauseMs = STANDBY_MS;
          continue;
        }
        try {
          await this.readLane(lane, AbortSignal.any([signal, lost]), () => (pauseMs = 0));
        } finally {
          await leases.give(lane);
        }
      } catch (error) {
        onLane(lane, 'failing', String(error));
        logger.warn({ err: error, lane }, 'lane session ended; it is opened again');
        pauseMs = Math.min(Math.max(2 * pauseMs, RETRY_FIRST_MS), RETRY_LONGEST_MS);
      }
    }
  }

  private async readLane(lane: number, ended: AbortSignal, onProgress: () => void): Promise<void> {
    const { log, onLane } = this.options;
    const watermark = await this.call<number>(LANE_OPEN, lane);
    const reader = await LaneReader.open(log, lane, watermark);
    onLane(lane, 'reading', `from log sequence ${watermark}`);
    try {
      while (!ended.aborted) {
        const { messages, ack } = await reader.next(TURN_BYTES, IDLE_WAIT_MS);
        if (messages.length > 0) {
          await this.call(LANE_TURN, { lane, messages } satisfies LaneTurnRequest);
          ack();
        }
        onProgress();
      }
    } finally {
      await reader.close();
    }
  }

  private async call<T>(pattern: string, data: unknown): Promise<T> {
    const handler = this.getHandlerByPattern(pattern);
    if (handler === null) throw new Error(`no handler for ${pattern}`);
    return await lastValueFrom(this.transformToObservable(await handler(data)) as Observable<T>, {
      defaultValue: undefined as T,
    });
  }
}
