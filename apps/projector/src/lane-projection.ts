import { type Cache, putTurn } from '@pacspace/cache';
import type { LaneState } from '@pacspace/ledger';
import {
  type DeltaLog,
  lastToldSequence,
  type LoggedMessage,
  publishDeadLetter,
  publishEvents,
} from '@pacspace/log';
import { formatTraceparent, type HealthCheck, type Logger, type Span, traceStep } from '@pacspace/service';
import { type LaneProjected, projectedSubject } from '@pacspace/wire';
import type pg from 'pg';
import { type DecodedEnvelope, decodeMessage } from './decode-turn.js';
import type { FoldedTurn } from './fold-turn.js';
import { toCustomerRow } from './lane-memory.js';
import { LaneWriter } from './lane-writer.js';
import type { ProjectorMetrics } from './projector-metrics.js';
import { eventsOfPast, eventsOfTurn } from './tell-events.js';
import { CACHE_SPAN, EVENTS_SPAN, inTurnSpan, TURN_SPAN } from './turn-span.js';

export interface ProjectionTools {
  readonly log: DeltaLog;
  readonly pool: pg.Pool;
  readonly cache: Cache;
  readonly cacheHealth: HealthCheck;
  readonly metrics: ProjectorMetrics;
  readonly logger: Logger;
}

/**
 * One lane's projection, from its log to the ledger and on. The order of the stores is the order of trust: Postgres
 * first, then Redis, then the events, and only then (in the transport) the acknowledgement. Stopped anywhere in
 * between, the next session finds at the watermark what is done, and does the rest again: the ledger refuses a second
 * writing, the cache an older one, and the events have ids.
 */
export class LaneProjection {
  private readonly writer: LaneWriter;
  private toldSequence = 0;

  constructor(
    private readonly lane: number,
    private readonly tools: ProjectionTools,
  ) {
    this.writer = new LaneWriter(lane, tools.log.lanes, tools.pool);
  }

  /** Begins at the ledger's watermark; returns the log sequence to read after. */
  async open(): Promise<number> {
    const state = await this.writer.open();
    // What the event stream holds is surer than what the ledger heard of it; but it forgets after some days.
    this.toldSequence = Math.max(state.toldSequence, await lastToldSequence(this.tools.log, this.lane));
    this.announce(state);
    return Math.min(state.sequence, this.toldSequence);
  }

  /** Brings a turn's messages into the ledger, the cache and the event stream. */
  async project(messages: readonly LoggedMessage[]): Promise<void> {
    await inTurnSpan(this.lane, messages, (span) => this.projectIn(span, messages));
  }

  private async projectIn(span: Span, messages: readonly LoggedMessage[]): Promise<void> {
    const watermark = this.writer.sequence;
    const past = messages.filter((message) => message.sequence <= watermark);
    if (past.length > 0) await this.tellPast(past);
    const news = messages.filter((message) => message.sequence > watermark);
    if (news.length > 0) await this.projectNews(news, formatTraceparent(span.spanContext()));
  }

  /** Dead letters and events of turns that an earlier writer committed and did not come to tell. */
  private async tellPast(messages: readonly LoggedMessage[]): Promise<void> {
    await this.putPoisonAside(messages.map(decodeMessage));
    const events = await eventsOfPast(this.tools.pool, this.lane, messages, this.toldSequence);
    await publishEvents(this.tools.log, events);
    this.toldSequence = events.throughSequence;
  }

  private async projectNews(messages: readonly LoggedMessage[], traceparent: string): Promise<void> {
    const { log, metrics } = this.tools;
    const startedAt = performance.now();
    const written = await traceStep(TURN_SPAN.name, TURN_SPAN.options, () =>
      this.writer.write(messages, this.toldSequence),
    );
    await this.putPoisonAside(written.envelopes);
    await traceStep(CACHE_SPAN.name, CACHE_SPAN.options, () => this.fillCache(written));
    // Before the events: whoever waits to read what is in the ledger need not wait for the log's disk as well.
    this.announce(written.turn.after);
    await traceStep(EVENTS_SPAN.name, EVENTS_SPAN.options, () =>
      publishEvents(log, eventsOfTurn(written), traceparent),
    );
    this.toldSequence = written.turn.after.sequence;
    metrics.observeTurn(written, (performance.now() - startedAt) / 1000);
  }

  /** Before the events of the turn, which say that all of it is told. */
  private async putPoisonAside(envelopes: readonly DecodedEnvelope[]): Promise<void> {
    const { log, logger } = this.tools;
    const { lane } = this;
    for (const { message, poison } of envelopes) {
      if (poison === undefined) continue;
      const { sequence } = message;
      logger.error({ lane, sequence, reason: poison }, 'unreadable envelope: put aside');
      await publishDeadLetter(log, { lane, message, reason: poison });
    }
  }

  /** The cache may be away: its own watermark then tells that it is behind, and it begins anew when it is back. */
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
        logger.warn({ err: error }, 'Redis takes no balances; reads use Postgres');
      cacheHealth.degraded(String(error));
    }
  }

  private announce(state: LaneState): void {
    const { lane, sequence, envelopes } = state;
    const message: LaneProjected = { lane, sequence, envelopes };
    this.tools.log.connection.publish(projectedSubject(lane), JSON.stringify(message));
  }
}
