import { type Cache, putTurn } from '@pacspace/cache';
import type { LaneState } from '@pacspace/ledger';
import { type DeadLetter, lastToldSequence, type LoggedMessage } from '@pacspace/log';
import { formatTraceparent, type HealthCheck, type Span, traceStep } from '@pacspace/service';
import { type LaneProjected, projectedSubject } from '@pacspace/wire';
import type pg from 'pg';
import { type DecodedEnvelope, decodeMessage } from './decode-turn.js';
import type { FoldedTurn } from './fold-turn.js';
import { toCustomerRow } from './lane-memory.js';
import { LaneTeller, type TellerTools } from './lane-teller.js';
import { LaneWriter } from './lane-writer.js';
import type { ProjectorMetrics } from './projector-metrics.js';
import { eventsOfPast, eventsOfTurn } from './tell-events.js';
import { CACHE_SPAN, inTurnSpan, TURN_SPAN } from './turn-span.js';

export interface ProjectionTools extends TellerTools {
  readonly pool: pg.Pool;
  readonly cache: Cache;
  readonly cacheHealth: HealthCheck;
  readonly metrics: ProjectorMetrics;
}

/**
 * One lane's projection, from its log to the ledger and on. The order of the stores is the order of trust: Postgres
 * first, then Redis, then the events, which are told while the next turn is folded. Stopped anywhere in between, the
 * next session finds at the watermark what is done, and does the rest again: the ledger refuses a second writing, the
 * cache an older one, and the events have ids.
 */
export class LaneProjection {
  private readonly writer: LaneWriter;
  private teller: LaneTeller | undefined;

  constructor(
    private readonly lane: number,
    private readonly tools: ProjectionTools,
  ) {
    this.writer = new LaneWriter(lane, tools.log.lanes, tools.pool);
  }

  /** Begins at the ledger's watermark; returns the log sequence to read after. */
  async open(): Promise<number> {
    await this.close();
    const state = await this.writer.open();
    // What the event stream holds is surer than what the ledger heard of it; but it forgets after some days.
    const told = Math.max(state.toldSequence, await lastToldSequence(this.tools.log, this.lane));
    this.teller = new LaneTeller(this.lane, this.tools, told);
    this.announce(state);
    return Math.min(state.sequence, told);
  }

  /** Turns that are in the ledger, and whose events are not told yet. */
  get untold(): number {
    return this.teller?.untold ?? 0;
  }

  /**
   * Brings a turn's messages into the ledger and the cache, and has its events told. Without messages, it only tries
   * again to tell what could not be told.
   */
  async project(messages: readonly LoggedMessage[]): Promise<void> {
    const { teller } = this;
    if (teller === undefined) throw new Error(`lane ${this.lane} is not open`);
    if (messages.length === 0) return void teller.tellWaiting();
    await inTurnSpan(this.lane, messages, (span) => this.projectIn(span, teller, messages));
  }

  /** Tells what waits to be told, if the log takes it; a later session does the rest. */
  async close(): Promise<void> {
    await this.teller?.tellWaiting();
    this.teller = undefined;
  }

  private async projectIn(span: Span, teller: LaneTeller, messages: readonly LoggedMessage[]): Promise<void> {
    const watermark = this.writer.sequence;
    const past = messages.filter((message) => message.sequence <= watermark);
    if (past.length > 0) await this.tellPast(teller, past);
    const news = messages.filter((message) => message.sequence > watermark);
    if (news.length > 0) await this.projectNews(teller, news, formatTraceparent(span.spanContext()));
  }

  /** Dead letters and events of turns that an earlier session committed and did not come to tell. */
  private async tellPast(teller: LaneTeller, messages: readonly LoggedMessage[]): Promise<void> {
    await teller.makeRoom();
    const { lane, tools } = this;
    const events = await eventsOfPast(tools.pool, lane, messages, teller.addedSequence);
    teller.add({ deadLetters: this.findPoison(messages.map(decodeMessage)), events });
  }

  private async projectNews(
    teller: LaneTeller,
    messages: readonly LoggedMessage[],
    traceparent: string,
  ): Promise<void> {
    await teller.makeRoom();
    const startedAt = performance.now();
    const written = await traceStep(TURN_SPAN.name, TURN_SPAN.options, () =>
      this.writer.write(messages, teller.toldSequence),
    );
    await traceStep(CACHE_SPAN.name, CACHE_SPAN.options, () => this.fillCache(written));
    this.announce(written.turn.after);
    const deadLetters = this.findPoison(written.envelopes);
    teller.add({ deadLetters, events: eventsOfTurn(written), traceparent });
    this.tools.metrics.observeTurn(written, (performance.now() - startedAt) / 1000);
  }

  private findPoison(envelopes: readonly DecodedEnvelope[]): DeadLetter[] {
    const { lane } = this;
    return envelopes.flatMap(({ message, poison }) => {
      if (poison === undefined) return [];
      const { sequence } = message;
      this.tools.logger.error({ lane, sequence, reason: poison }, 'unreadable envelope: put aside');
      return { lane, message, reason: poison };
    });
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
