import { laneOf } from '@pacspace/domain';
import { type LedgerPosition, loadLanes } from '@pacspace/ledger';
import type { DeltaLog } from '@pacspace/log';
import type { Gate } from '@pacspace/service';
import type pg from 'pg';
import type { BalanceCache } from './balance-cache.js';
import type { Consistency, ConsistentReads, LaneProgress, Standing } from '@pacspace/reads';

export interface ReadsParts {
  readonly log: DeltaLog;
  /** See createReadPool. */
  readonly pool: pg.Pool;
  readonly cache: BalanceCache;
  readonly consistent: ConsistentReads;
  /** How far each lane is in the ledger, as far as this process has heard. */
  readonly progress: LaneProgress;
  /** Reads that may take seconds pass here, few at a time, so that they leave connections to the short ones. */
  readonly large: Gate;
  /** Wall clock, ms. */
  readonly now: () => number;
}

/** As of which point of which lane's log an answer is true. */
export interface AnsweredPosition extends LedgerPosition, Standing {}

/** As of which point of the whole log an answer is true, at least. */
export interface AnsweredPositions extends Standing {
  readonly envelopes: number;
}

/** What the read routes share: the stores, and the rule by which they are read. */
export class Reads {
  readonly log;
  readonly pool;
  readonly cache;
  readonly consistent;
  readonly progress;
  readonly large;
  readonly now;

  constructor(parts: ReadsParts) {
    this.log = parts.log;
    this.pool = parts.pool;
    this.cache = parts.cache;
    this.consistent = parts.consistent;
    this.progress = parts.progress;
    this.large = parts.large;
    this.now = parts.now;
  }

  laneOf(environmentId: string, customerId: string): number {
    return laneOf(environmentId, customerId, this.log.lanes);
  }

  /** Reads what lies in one lane. */
  async ofLane<T extends { readonly position: LedgerPosition }>(
    lane: number,
    consistency: Consistency,
    read: (isEnough: (position: LedgerPosition) => boolean) => Promise<T>,
  ): Promise<{ readonly value: T; readonly position: AnsweredPosition }> {
    const { value, consistent, behindEnvelopes } = await this.consistent.read(
      [lane],
      consistency,
      async (isEnough) => {
        const found = await read((position) => isEnough([position]));
        return { value: found, positions: [found.position] };
      },
    );
    return { value, position: { ...value.position, behindEnvelopes, consistent } };
  }

  /** Reads what may lie in any lane. The positions are taken before the read, which then contains at least them. */
  async ofAllLanes<T>(
    consistency: Consistency,
    read: () => Promise<T>,
  ): Promise<{ readonly value: T; readonly position: AnsweredPositions }> {
    const lanes = Array.from({ length: this.log.lanes }, (_, lane) => lane);
    let envelopes = 0;
    const { value, consistent, behindEnvelopes } = await this.consistent.read(
      lanes,
      consistency,
      async () => {
        const positions = await loadLanes(this.pool);
        envelopes = positions.reduce((sum, one) => sum + one.envelopes, 0);
        return { value: await read(), positions };
      },
    );
    return { value, position: { envelopes, behindEnvelopes, consistent } };
  }
}
