import type { Cache } from '@pacspace/cache';
import type { DeltaLog } from '@pacspace/log';
import type pg from 'pg';
import { Process } from './scheduler.js';
import type { Session } from './sim-ledger.js';
import type { SimMessage } from './sim-log.js';
import type { World } from './world.js';

const { LaneProjection } = await import('../../apps/projector/src/lane-projection.js');
type LaneProjection = InstanceType<typeof LaneProjection>;
type Tools = ConstructorParameters<typeof LaneProjection>[1];

/** Envelopes that one read brings at most. */
const READ_MOST = 5;
const GAP_PROBABILITY = 0.02;

/**
 * A projector process: the real LaneProjection of each lane, driven as LaneTransport drives it (lease, open, read, project,
 * and from the start again after any failure).
 */
export class SimProjector {
  readonly process: Process;
  private session: Session;

  constructor(
    name: string,
    private readonly world: World,
  ) {
    this.process = new Process(name);
    this.session = world.ledger.openSession(this.process);
    const tools = {
      log: world.logOf(this.process) as unknown as DeltaLog,
      pool: world.ledgerOf(this.process) as unknown as pg.Pool,
      cache: world.cacheOf(this.process) as unknown as Cache,
      ...SILENT,
    };
    for (let lane = 0; lane < world.lanes; lane += 1) {
      void this.runLane(lane, new LaneProjection(lane, tools));
    }
  }

  private async runLane(lane: number, projection: LaneProjection): Promise<never> {
    const { scheduler } = this.world;
    for (;;) {
      await scheduler.pause(`${this.process.name} turns to lane ${lane}`, this.process);
      try {
        await this.holdLane(lane, projection);
      } catch {
        // LaneTransport opens the lane again, whatever ended its session.
      }
    }
  }

  private async holdLane(lane: number, projection: LaneProjection): Promise<void> {
    const { ledger } = this.world;
    if (this.session.lost) this.session = ledger.openSession(this.process);
    const { session } = this;
    const refused = await this.ask('takes a lease', () =>
      ledger.tryLease(lane, session) ? undefined : { leaseEnds: ledger.whenLeaseEnds() },
    );
    if (refused !== undefined) return await refused.leaseEnds;
    try {
      let position = await projection.open();
      while (!session.lost) {
        const messages = await this.read(lane, position, () => session.lost || projection.untold > 0);
        await projection.project(messages);
        position = messages.at(-1)?.sequence ?? position;
      }
    } finally {
      await projection.close();
      await this.ask('gives a lease', () => ledger.giveLease(lane, session));
    }
  }

  /**
   * In order and without a gap, or not at all: what LaneReader promises.
   *
   * @param isRestless whether it may come back with nothing, as LaneTransport does after a while.
   */
  private async read(lane: number, after: number, isRestless: () => boolean): Promise<SimMessage[]> {
    const { log, network, random, scheduler } = this.world;
    if (random.chance(GAP_PROBABILITY)) throw new Error('READ_GAP');
    const most = 1 + random.below(READ_MOST);
    const { messages, more } = await network.call(this.process, log, {
      what: `reads lane ${lane}`,
      run: () => {
        const found = log.read(lane, after, most);
        return { messages: found, more: found.length > 0 || isRestless() ? undefined : log.whenAppended() };
      },
    });
    if (more !== undefined) {
      await more;
      await scheduler.pause(`${this.process.name} wakes`, this.process);
    }
    return messages;
  }

  private ask<T>(what: string, run: () => T): Promise<T> {
    return this.world.network.call(this.process, this.world.ledger, { what, run });
  }
}

const ignore = (): void => undefined;

/** What LaneProjection tells operators. */
const SILENT = {
  cacheHealth: { state: 'degraded', ok: ignore, degraded: ignore },
  tellingHealth: { told: ignore, failed: ignore },
  metrics: { cacheWrites: { inc: ignore }, observeTurn: ignore },
  logger: { warn: ignore, error: ignore },
} as unknown as Pick<Tools, 'cacheHealth' | 'tellingHealth' | 'metrics' | 'logger'>;
