import { type Gate, type Leave } from '@pacspace/service';
import { ApiError } from '@pacspace/wire';
import type { BatchSource } from './batch-source.js';
import { unavailable } from './emit-outcome.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { Intake, Item } from './intake.js';
import { mapInOrder } from './map-in-order.js';
import type { Origin } from './prepare-delta.js';
import { writeFailedItem, writeItem } from './write-result.js';

/**
 * Pieces of one batch under way at the same time: enough that reading, hashing and storing overlap, and that a batch of
 * 2,000 goes as one or two envelopes a lane.
 */
export const PIECES_UNDER_WAY = 8;

/** How long a piece waits for room in the queues to the log. */
const ROOM_WAIT_MS = 10_000;

/** What a piece of a batch came to. */
export interface PieceAnswer {
  /** JSON of its items, joined by commas. */
  readonly text: string;
  readonly queued: number;
  readonly failed: number;
  /** Set when none of it was taken because the log, or the plan, takes no more: why. */
  readonly unavailable: ApiError | undefined;
}

export interface BatchParts {
  readonly intake: Intake;
  /** Bounds the pieces of all batches that are parsed and not yet answered, and with them the memory. */
  readonly pieceGate: Gate;
  /** Tells the lanes that a piece is being prepared: see GroupCommit. */
  readonly announce: () => () => void;
  readonly metrics: IngestMetrics;
  readonly now: () => number;
}

export interface BatchOptions {
  readonly origin: Origin;
  /** List the items that failed only; the totals count all. */
  readonly failedOnly: boolean;
}

/** Takes a batch piece by piece, in order; each piece's answer comes when all of its items are settled. */
export function emitBatch(
  parts: BatchParts,
  source: Pick<BatchSource, 'pieces' | 'read'>,
  options: BatchOptions,
): AsyncGenerator<PieceAnswer> {
  let begun = 0;
  let before: Promise<undefined> = Promise.resolve(undefined);
  return mapInOrder(source.pieces, PIECES_UNDER_WAY, async (raws) => {
    const first = begun;
    begun += raws.length;
    const turn = before;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    before = promise;
    const leave = await enter(parts.pieceGate);
    const offered = parts.announce();
    const handedOver = (): void => {
      resolve(undefined);
      offered();
    };
    try {
      if (leave instanceof ApiError) return refusePiece(first, raws.length, leave);
      return await takePiece(parts, { raws, first, read: source.read, after: turn, handedOver, ...options });
    } finally {
      handedOver();
      if (typeof leave === 'function') leave();
    }
  });
}

async function enter(gate: Gate): Promise<Leave | ApiError> {
  const entered = gate.enter();
  return typeof entered === 'string' ? unavailable('too many batches are being read') : await entered;
}

interface Piece extends BatchOptions {
  /** Emptied once it is read: from then on the lines are garbage. */
  readonly raws: unknown[];
  /** Place of its first item in the batch. */
  readonly first: number;
  readonly read: BatchSource['read'];
  readonly after: Promise<unknown>;
  readonly handedOver: () => void;
}

async function takePiece({ intake, metrics, now }: BatchParts, piece: Piece): Promise<PieceAnswer> {
  const { first, origin, failedOnly, after } = piece;
  const refusals = new Map<number, ApiError>();
  const taken = intake.take(readPiece(piece, now(), refusals), origin, { after, roomWaitMs: ROOM_WAIT_MS });
  void taken.handedOver.then(piece.handedOver);
  const flight = await taken.done;

  const answer = new AnswerText(failedOnly);
  const count = flight.count + refusals.size;
  let next = 0;
  for (let i = 0; i < count; i += 1) {
    const refusal = refusals.get(i);
    if (refusal !== undefined) {
      metrics.countRejected(refusal.code);
      answer.fail(refusal, writeFailedItem(first + i, refusal));
      continue;
    }
    const outcome = flight.outcomeAt(next);
    const delta = flight.deltaAt(next);
    next += 1;
    if (outcome.kind === 'refused') answer.fail(outcome.error, writeItem(first + i, delta, outcome));
    else answer.queue(failedOnly ? '' : writeItem(first + i, delta, outcome));
  }
  return answer.finish();
}

/** The items that may be taken, and, by place, why the others may not. */
function readPiece({ raws, first, read }: Piece, nowMs: number, refusals: Map<number, ApiError>): Item[] {
  const items: Item[] = [];
  for (let i = 0; i < raws.length; i += 1) {
    const item = read(raws[i], first + i, nowMs);
    if (item instanceof ApiError) refusals.set(i, item);
    else items.push(item);
  }
  raws.length = 0;
  return items;
}

function refusePiece(first: number, count: number, error: ApiError): PieceAnswer {
  const answer = new AnswerText(true);
  for (let i = 0; i < count; i += 1) answer.fail(error, writeFailedItem(first + i, error));
  return answer.finish();
}

class AnswerText {
  private readonly items: string[] = [];
  private queued = 0;
  private failed = 0;
  private unavailable: ApiError | undefined;

  constructor(private readonly failedOnly: boolean) {}

  queue(item: string): void {
    this.queued += 1;
    if (!this.failedOnly) this.items.push(item);
  }

  fail(error: ApiError, item: string): void {
    this.failed += 1;
    if (error.code === 'UNAVAILABLE' || error.code === 'PLAN_LIMIT_EXCEEDED') this.unavailable ??= error;
    this.items.push(item);
  }

  /** The text is joined here, not added up: a sum would keep each item's twenty parts alive until it is sent. */
  finish(): PieceAnswer {
    const { items, queued, failed } = this;
    return {
      text: items.join(','),
      queued,
      failed,
      unavailable: queued === 0 ? this.unavailable : undefined,
    };
  }
}
