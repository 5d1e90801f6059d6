import { traceparentOf } from '@pacspace/http';
import { Gate, type Leave, type Logger, type QueueMetrics } from '@pacspace/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { checkStillGood } from '../auth/authenticate.js';
import { principalOf } from '../auth/principal.js';
import type { Admission } from '../gateway-resources.js';
import { chargeRequest, payerOf } from '../rate/charge-request.js';
import type { BatchSource } from './batch-source.js';
import { type BatchParts, PIECES_UNDER_WAY } from './emit-batch.js';
import { unavailable } from './emit-outcome.js';
import type { Entry, GroupCommit } from './group-commit.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { Intake } from './intake.js';
import type { Origin } from './prepare-delta.js';

/** Batches that are read at the same time. One that streams slowly keeps its place, at little cost in memory. */
const BATCHES = 128;
const BATCHES_WAITING = 256;
const BATCH_WAIT_MS = 10_000;

const STOPPING_LINGER_MS = 1_000;

/**
 * Pieces of 250 items that are parsed and not yet answered. At 80,000 deltas a second these are enough for a log that
 * takes 30 ms to store an envelope. More of them would not only hold more memory: what is in hand while the young
 * generation is collected is copied, twice, and that grew to a quarter of the gateway's time with 32.
 */
const PIECES = 12;

export interface IngestParts {
  readonly intake: Intake;
  readonly commit: GroupCommit<Entry>;
  readonly metrics: IngestMetrics;
  readonly queues: QueueMetrics;
  readonly logger: Logger;
  readonly admission: Admission;
  readonly lanes: number;
  /** What an acknowledgement stands on: fsync, replicated, buffered. */
  readonly durability: string;
  /** Aborted when the gateway is about to stop. */
  readonly stopping: AbortSignal;
}

/** What the ingest routes stand on. */
export class Ingest {
  readonly intake: Intake;
  readonly metrics: IngestMetrics;
  readonly durability: string;
  readonly batchParts: BatchParts;
  readonly logger: Logger;
  private readonly batchGate: Gate;

  constructor(private readonly parts: IngestParts) {
    const { intake, metrics, queues, commit } = parts;
    this.intake = intake;
    this.metrics = metrics;
    this.logger = parts.logger;
    this.durability = parts.durability;
    this.batchGate = new Gate({
      name: 'batches',
      concurrency: BATCHES,
      waitLimit: BATCHES_WAITING,
      metrics: queues,
    });
    const pieceGate = new Gate({
      name: 'batch_pieces',
      concurrency: PIECES,
      waitLimit: BATCHES * PIECES_UNDER_WAY,
      metrics: queues,
    });
    this.batchParts = { intake, metrics, pieceGate, announce: () => commit.announce(), now: Date.now };
    queues.watch('commit_deltas', () => ({
      used: commit.level().deltas,
      limit: commit.level().limits.totalDeltas,
    }));
    queues.watch('commit_size', () => ({
      used: commit.level().size,
      limit: commit.level().limits.totalSize,
    }));
  }

  /** How long a producer may go on sending a batch that has its answer; undefined: the usual time. */
  get lingerMs(): number | undefined {
    return this.parts.stopping.aborted ? STOPPING_LINGER_MS : undefined;
  }

  originOf(request: FastifyRequest): Origin {
    return { principal: principalOf(request), traceparent: traceparentOf(request), lanes: this.parts.lanes };
  }

  /** @throws ApiError UNAVAILABLE when too many batches are under way for too long. */
  async enterBatch(): Promise<Leave> {
    const entered = this.batchGate.enter(AbortSignal.timeout(BATCH_WAIT_MS));
    if (typeof entered === 'string') throw unavailable('too many batches are under way');
    try {
      return await entered;
    } catch (cause) {
      throw unavailable('too many batches are under way', cause);
    }
  }

  /**
   * The batch's pieces as far as its key may send them, each item at the cost of a delta; the request itself has paid for
   * one. A batch whose size is known is charged at once, as a whole; one that streams piece by piece, at the key's rate,
   * for as long as the key is good.
   *
   * @throws ApiError RATE_LIMITED
   */
  admit(source: BatchSource, request: FastifyRequest, reply: FastifyReply): BatchSource['pieces'] {
    const { rates } = this.parts.admission;
    if (source.count === undefined) return this.whileAdmitted(source.pieces, request);
    chargeRequest(rates, principalOf(request), { cost: source.count - 1, reply });
    return source.pieces;
  }

  private async *whileAdmitted<T>(pieces: AsyncIterable<T[]>, request: FastifyRequest): AsyncGenerator<T[]> {
    const { keys, rates } = this.parts.admission;
    const payer = payerOf(principalOf(request));
    let paid = 1;
    for await (const piece of pieces) {
      await checkStillGood(keys, request);
      if (payer !== undefined && piece.length > paid) await rates.chargePatiently(payer, piece.length - paid);
      paid = 0;
      yield piece;
    }
  }

  /** The pieces until the gateway is about to stop: the producer is then told how far its batch came. */
  async *untilStopped<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = pieces[Symbol.asyncIterator]();
    for (;;) {
      const next = await orStopping(iterator.next(), this.parts.stopping);
      if (next.done === true) return;
      yield next.value;
    }
  }
}

/**
 * Not Promise.race with one promise for the whole batch: that promise would hold what every race was won by, and with
 * it the whole body, until the end.
 */
function orStopping<T>(promise: Promise<T>, stopping: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void =>
      reject(unavailable('the service is about to stop: send the rest of the batch again'));
    if (stopping.aborted) return stop();
    stopping.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => stopping.removeEventListener('abort', stop));
  });
}
