import { putTurn, type Cache } from '@pacspace/cache';
import { appendTurn, ensurePeriod, type LaneState, loadLane } from '@pacspace/ledger';
import {
  type DeltaLog,
  lastToldSequence,
  type LoggedMessage,
  publishDeadLetter,
  publishEvents,
} from '@pacspace/log';
import type { HealthCheck, Logger } from '@pacspace/service';
import { type LaneProjected, projectedSubject } from '@pacspace/wire';
import type pg from 'pg';
import { decodeMessage, type DecodedEnvelope } from './decode-turn.js';
import { type FoldedTurn, foldTurn } from './fold-turn.js';
import { LaneMemory, toCustomerRow } from './lane-memory.js';
import type { ProjectorMetrics } from './projector-metrics.js';
import { recallStates } from './recall-states.js';
import { eventsOfPast, eventsOfTurn } from './tell-events.js';

export interface ProjectionTools {
  readonly log: DeltaLog;
  readonly pool: pg.Pool;
  readonly cache: Cache;
  readonly cacheHealth: HealthCheck;
  readonly metrics: ProjectorMetrics;
  readonly logger: Logger;
}

/**
 * One lane's projection, from its log to the ledger. The order of the stores is the order of trust: Postgres first,
 * then Redis, then the events, and only then (in the transport) the acknowledgement. Stopped anywhere in between, the
 * next session finds at the watermark what is done, and does the rest again: the ledger refuses a second writing, the
 * cache an older one, and the events have ids.
 */
export class LaneProjection {
  private readonly memory = new LaneMemory();
  private readonly periods = new Set<number>();
  private state: LaneState | undefined;
  private told = 0;

  constructor(
    private readonly lane: number,
    private readonly tools: ProjectionTools,
  ) {}

  /** Begins at the ledger's watermark, with nothing remembered; returns the log sequence to read after. */
  async open(): Promise<number> {
    const { log, pool } = this.tools;
    this.memory.clear();
    this.state = undefined;
    const state = await loadLane(pool, this.lane, log.lanes);
    // What the event stream holds is surer than what the ledger heard of it; but it forgets after some days.
    this.told = Math.max(state.toldSequence, await lastToldSequence(log, this.lane));
    this.state = state;
    this.announce(state);
    return Math.min(state.sequence, this.told);
  }

  /** Brings a turn's messages into the ledger, the cache and the event stream. */
  async project(messages: readonly LoggedMessage[]): Promise<void> {
    const watermark = this.state?.sequence ?? 0;
    const past = messages.filter((message) => message.sequence <= watermark);
    if (past.length > 0) await this.tellPast(past);
    const news = messages.filter((message) => message.sequence > watermark);
    if (news.length > 0) await this.projectNews(news);
  }

  private async tellPast(messages: readonly LoggedMessage[]): Promise<void> {
    const events = await eventsOfPast(this.tools.pool, this.lane, messages, this.told);
    await publishEvents(this.tools.log, events);
    this.told = events.throughSequence;
  }

  private async projectNews(messages: readonly LoggedMessage[]): Promise<void> {
    const { log, metrics } = this.tools;
    const startedAt = performance.now();
    const envelopes = messages.map(decodeMessage);
    await this.buryPoison(envelopes);
    const folded = await this.fold(envelopes);
    for (const { period } of folded.turn.newPeriods) await this.makeRoom(period);
    await this.write(folded);
    this.state = folded.turn.after;
    await this.fillCache(folded);
    await publishEvents(log, eventsOfTurn(folded));
    this.told = folded.turn.after.sequence;
    this.announce(folded.turn.after);
    this.memory.trim();
    metrics.observeTurn(folded, (performance.now() - startedAt) / 1000);
  }

  private async buryPoison(envelopes: readonly DecodedEnvelope[]): Promise<void> {
    for (const { message, poison } of envelopes) {
      if (poison === undefined) continue;
      const { log, logger } = this.tools;
      logger.error(
        { lane: this.lane, sequence: message.sequence, reason: poison },
        'envelope is unreadable: dead letter',
      );
      await publishDeadLetter(log, { lane: this.lane, message, reason: poison });
    }
  }

  private async fold(envelopes: readonly DecodedEnvelope[]): Promise<FoldedTurn> {
    const { log, pool } = this.tools;
    const { memory, state } = this;
    if (state === undefined) throw new Error(`lane ${this.lane} is not open`);
    const recorded = await recallStates(pool, memory, envelopes);
    return foldTurn(envelopes, {
      before: { ...state, toldSequence: this.told },
      lanes: log.lanes,
      memory,
      recorded,
    });
  }

  private async makeRoom(period: number): Promise<void> {
    if (this.periods.has(period)) return;
    await ensurePeriod(this.tools.pool, period);
    this.periods.add(period);
  }

  private async write({ turn }: FoldedTurn): Promise<void> {
    try {
      await appendTurn(this.tools.pool, turn);
    } catch (error) {
      // Written or not (the answer may be what was lost), what is in memory is not to be trusted any more; nor is
      // the knowledge of partitions, should the ledger have been swapped.
      this.state = undefined;
      this.memory.clear();
      this.periods.clear();
      throw error;
    }
  }

  /** The cache may be away: it is marked as behind by its own watermark, and begins anew when it is back. */
  private async fillCache({ turn, customers }: FoldedTurn): Promise<void> {
    const { cache, cacheHealth, logger, metrics } = this.tools;
    const { lane, fromSequence, after } = turn;
    try {
      const outcome = await putTurn(cache, {
        lane,
        fromSequence,
        sequence: after.sequence,
        envelopes: after.envelopes,
        customers: customers.map((customer) => {
          const { number, ...row } = toCustomerRow(customer);
          return { customerNo: number, ...row };
        }),
      });
      metrics.cacheWrites.inc({ outcome });
      cacheHealth.ok();
    } catch (error) {
      metrics.cacheWrites.inc({ outcome: 'failed' });
      if (cacheHealth.state === 'ok')
        logger.warn({ err: error }, 'Redis does not take balances; reads use Postgres');
      cacheHealth.degraded(String(error));
    }
  }

  private announce(state: LaneState): void {
    const { lane, sequence, envelopes } = state;
    const message: LaneProjected = { lane, sequence, envelopes };
    this.tools.log.connection.publish(projectedSubject(lane), JSON.stringify(message));
  }
}
