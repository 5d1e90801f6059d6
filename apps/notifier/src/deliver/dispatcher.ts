import { type DueDelivery, loadDue, loadHeld } from '@pacspace/ledger';
import type { Logger } from '@pacspace/service';
import { eventIdOf, formatAttempt, signDelivery } from '@pacspace/webhooks';
import type pg from 'pg';
import type { Dispatcher as HttpClient } from 'undici';
import type { NotifierMetrics } from '../notifier-metrics.js';
import { type EndpointBook, secretsAt } from './endpoint-book.js';
import { EndpointQueue } from './endpoint-queue.js';
import { judgeAnswer, toAttempt, type Verdict } from './judge-answer.js';
import { type Answer, sendRequest } from './send-request.js';
import type { SettleWriter } from './settle-writer.js';

export interface DispatcherTools {
  readonly pool: pg.Pool;
  readonly book: EndpointBook;
  readonly settle: SettleWriter;
  readonly client: HttpClient;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => number;
  readonly random: () => number;
  readonly timeoutMs: number;
  /** Requests to one endpoint at the same time, at most. */
  readonly concurrency: number;
  /** An endpoint said that it is gone. */
  readonly onGone: (endpointNo: number) => void;
}

/** Requests under way in all: each holds a connection and some kB. */
const MOST_ACTIVE = 1_024;
/** Of a customer whose deliveries go one after the other, so many are fetched at a time. */
const CHAIN = 16;

/**
 * Sends what waits, each endpoint for itself. Everything that is to be sent is in the tables; here are copies of the next
 * few, and only of lanes that this process holds: so nobody else sends them, and no row need say who does.
 *
 *   fan-out ──offer──▶ queue of the endpoint ──room──▶ sent ──▶ settled: delivered │ waiting for its next try │ dead
 *   tables ──fetched when the queue is low──▲                                       └── found by LaneWatch when due
 *
 * Order, for an endpoint that wants it: of a customer's deliveries the first waits and the others are held back (state
 * 1). When the first is finished, the next ones are fetched as a chain and go out one by one. Fan-out asks whether
 * anything is ahead and writes, and the chain's end looks for what was held back: these two must not overlap, or the
 * second misses what the first is about to write. `inOrder` keeps them apart.
 */
export class Dispatcher {
  private readonly queues = new Map<number, EndpointQueue>();
  private readonly lanes = new Set<number>();
  private readonly order = new Map<number, Promise<unknown>>();
  private readonly cutOff = new AbortController();
  /** Endpoints that could go on, but for the requests of others. */
  private readonly starved = new Set<EndpointQueue>();
  private active = 0;
  private readonly whenDrained = new Map<number, () => void>();

  constructor(private readonly tools: DispatcherTools) {}

  get level(): { readonly used: number; readonly limit: number } {
    return { used: this.active, limit: MOST_ACTIVE };
  }

  openLane(lane: number): void {
    this.lanes.add(lane);
  }

  /** Begins nothing more of a lane; resolves when all that was under way is noted. */
  async closeLane(lane: number): Promise<void> {
    this.lanes.delete(lane);
    for (const queue of this.queues.values()) queue.drop(lane);
    if (!this.isDrained(lane)) await new Promise<void>((resolve) => this.whenDrained.set(lane, resolve));
    await this.order.get(lane);
  }

  /** Ends requests that are under way: they are sent once more by whoever has their lanes next. */
  abort(): void {
    this.cutOff.abort();
  }

  /** What has just been written and may go out at once, unless others of its endpoint are ahead of it in the tables. */
  readonly offer = (delivery: DueDelivery): void => {
    const { lane, endpointNo } = delivery;
    if (!this.lanes.has(lane)) return;
    const queue = this.queueOf(endpointNo);
    if (queue.backlog.has(lane) || queue.room === 0) {
      queue.backlog.add(lane);
      if (queue.loading) queue.missed.add(lane);
      return;
    }
    if (!queue.has(delivery)) queue.push(delivery);
    this.pump(queue);
  };

  /** There is something due in the tables. */
  wake(lane: number, endpointNo: number): void {
    if (!this.lanes.has(lane)) return;
    const queue = this.queueOf(endpointNo);
    queue.backlog.add(lane);
    this.pump(queue);
  }

  readonly inOrder = async <T>(lane: number, work: () => Promise<T>): Promise<T> => {
    const before = this.order.get(lane) ?? Promise.resolve();
    const done = before.then(work, work);
    const settled = done.catch(() => undefined);
    this.order.set(lane, settled);
    return await done;
  };

  private queueOf(endpointNo: number): EndpointQueue {
    let queue = this.queues.get(endpointNo);
    if (queue === undefined) {
      queue = new EndpointQueue(endpointNo, this.tools.concurrency);
      this.queues.set(endpointNo, queue);
    }
    return queue;
  }

  private pump(queue: EndpointQueue): void {
    while (queue.mayStart) {
      if (this.active >= MOST_ACTIVE || !this.tools.settle.hasRoom) {
        this.starved.add(queue);
        break;
      }
      const delivery = queue.take();
      if (delivery !== undefined) this.start(queue, delivery);
    }
    if (queue.isLow && queue.backlog.size > 0 && !queue.loading) void this.load(queue);
  }

  private start(queue: EndpointQueue, delivery: DueDelivery): void {
    const { book, now } = this.tools;
    const endpoint = book.get(queue.endpointNo);
    const secrets = endpoint && secretsAt(endpoint, now());
    if (endpoint?.row.enabled !== true || secrets === undefined) {
      // Not to be sent now; the tables keep it, and LaneWatch knows what becomes of it.
      this.leave(queue, delivery);
      return;
    }
    queue.active += 1;
    this.active += 1;
    const { eventKey, body, type } = delivery;
    const eventId = eventIdOf(eventKey);
    const startedAtMs = now();
    const timestampSeconds = Math.floor(startedAtMs / 1000);
    const began = performance.now();
    void sendRequest(this.tools.client, {
      url: endpoint.row.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'PacSpace-Webhooks/1',
        'x-webhook-event': type,
        'x-event-id': eventId,
        ...signDelivery(secrets, { eventId, timestampSeconds, body }),
      },
      body,
      timeoutMs: this.tools.timeoutMs,
      signal: this.cutOff.signal,
    }).then((answer) => {
      queue.active -= 1;
      this.active -= 1;
      this.conclude(queue, delivery, { answer, startedAtMs, tookMs: performance.now() - began });
      this.pump(queue);
      this.pumpStarved();
    });
  }

  private conclude(
    queue: EndpointQueue,
    delivery: DueDelivery,
    tried: { readonly answer: Answer; readonly startedAtMs: number; readonly tookMs: number },
  ): void {
    const { settle, metrics, now, random, onGone } = this.tools;
    const { answer, startedAtMs, tookMs } = tried;
    // Our doing, not the receiver's: it is as if it had not been tried.
    if (this.cutOff.signal.aborted && answer.kind === 'error') return this.leave(queue, delivery);
    const nowMs = now();
    const verdict = judgeAnswer(answer, { attempts: delivery.attempts, nowMs, random });
    const succeeded = verdict.state === 'delivered';
    if (succeeded) queue.onSuccess();
    else queue.onFailure();
    metrics.observeTry(verdict.state, tookMs / 1000);
    if (succeeded)
      metrics.observeDelivered(delivery.type, delivery.attempts, (nowMs - delivery.createdAtMs) / 1000);
    if (verdict.state === 'dead' && verdict.gone) onGone(queue.endpointNo);
    settle.add(
      {
        eventKey: delivery.eventKey,
        endpointNo: queue.endpointNo,
        state: verdict.state,
        dueAtMs: verdict.state === 'waiting' ? verdict.dueAtMs : nowMs,
        atMs: nowMs,
        succeeded,
        line: formatAttempt(toAttempt(answer, startedAtMs, Math.round(tookMs))),
      },
      () => this.settled(queue, delivery, verdict),
    );
    this.continueChain(queue, delivery, verdict);
  }

  /** The next one of the customer's, at once; or none of them, while the one ahead waits for its next try. */
  private continueChain(queue: EndpointQueue, { customerId }: DueDelivery, verdict: Verdict): void {
    const chain = customerId === undefined ? undefined : queue.chains.get(customerId);
    if (customerId === undefined || chain === undefined) return;
    if (verdict.state === 'waiting') {
      for (const held of chain) this.leave(queue, held);
      queue.chains.delete(customerId);
      return;
    }
    const next = chain.shift();
    if (next === undefined) queue.chains.delete(customerId);
    else queue.push(next, true);
  }

  private settled(queue: EndpointQueue, delivery: DueDelivery, verdict: Verdict): void {
    const { customerId, lane } = delivery;
    const isEndOfChain =
      customerId !== undefined && verdict.state !== 'waiting' && !queue.chains.has(customerId);
    if (isEndOfChain && this.lanes.has(lane)) {
      // Until the next ones are fetched this one is known, and so the lane not drained.
      void this.inOrder(lane, () => this.fetchChain(queue, delivery, customerId))
        .catch((error: unknown) => {
          // LaneWatch releases what is left behind.
          this.tools.logger.warn({ err: error, lane }, 'held deliveries cannot be fetched now');
        })
        .finally(() => this.leave(queue, delivery));
    } else {
      this.leave(queue, delivery);
    }
    this.pumpStarved();
  }

  private async fetchChain(queue: EndpointQueue, { lane }: DueDelivery, customerId: string): Promise<void> {
    const { endpointNo } = queue;
    const look = () => loadHeld(this.tools.pool, { endpointNo, customerIds: [customerId], each: CHAIN });
    await queue.read(look, ([first, ...rest]) => {
      // One that is known is under way: its end fetches what follows.
      if (first === undefined || queue.has(first) || !this.lanes.has(lane) || queue.chains.has(customerId))
        return;
      for (const held of rest) queue.know(held);
      queue.chains.set(customerId, rest);
      queue.push(first);
    });
    this.pump(queue);
  }

  private async load(queue: EndpointQueue): Promise<void> {
    const { pool, now, logger, book } = this.tools;
    const { endpointNo, backlog } = queue;
    queue.loading = true;
    try {
      if (book.get(endpointNo) === undefined) await book.learn([endpointNo]);
      for (const lane of [...backlog]) {
        const { room } = queue;
        if (room === 0) break;
        queue.missed.delete(lane);
        // What is at hand comes first in the tables as well: it has to be looked past.
        const limit = room + queue.knownIn(lane);
        const look = () => loadDue(pool, { endpointNo, lane, nowMs: now(), limit });
        await queue.read(look, (found) => {
          if (!this.lanes.has(lane)) return;
          for (const delivery of found) if (!queue.has(delivery)) queue.push(delivery);
          if (found.length < limit && !queue.missed.has(lane)) backlog.delete(lane);
        });
      }
    } catch (error) {
      // LaneWatch wakes it again.
      backlog.clear();
      queue.missed.clear();
      logger.warn({ err: error }, 'waiting deliveries cannot be fetched now');
    } finally {
      queue.loading = false;
    }
    this.pump(queue);
  }

  private leave(queue: EndpointQueue, delivery: DueDelivery): void {
    queue.forget(delivery);
    const { lane } = delivery;
    if (!this.lanes.has(lane) && this.isDrained(lane)) {
      this.whenDrained.get(lane)?.();
      this.whenDrained.delete(lane);
    }
    if (queue.isIdle) this.queues.delete(queue.endpointNo);
  }

  private isDrained(lane: number): boolean {
    for (const queue of this.queues.values()) if (queue.knownIn(lane) > 0) return false;
    return true;
  }

  /** Those first that have waited longest, each as far as it goes. */
  private pumpStarved(): void {
    if (this.starved.size === 0 || this.active >= MOST_ACTIVE || !this.tools.settle.hasRoom) return;
    const queues = [...this.starved];
    this.starved.clear();
    for (const queue of queues) this.pump(queue);
  }
}
