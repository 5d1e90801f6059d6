import type { EncodedDelta } from '@pacspace/wire';
import type { Accepted } from './emit-outcome.js';

/**
 * Group commit: the deltas of many requests ride in one envelope, and are answered when the log has that envelope.
 *
 * Each lane is a small machine of its own:
 *
 *   idle ──a delta──▶ due ──end of the loop's turn──▶ publishing ──stored──▶ idle, or due again when more have come
 *                      └──more is announced──▶ lingering ──┘  └──given up──▶ ailing: all that waits is refused
 *
 * A delta waits for the publish under way, and for the rest of the turn of the event loop in which it came, so that all
 * requests that one poll of the sockets brought ride together. Beside batches it also waits until the pieces that are
 * being prepared have been offered, LINGER_MS at most: an envelope costs the log a write to disk, and each turn of the
 * ledger a row for each of its customers, however few deltas come with it. At most one publish a lane is under way: that
 * alone keeps the lane's order. While a lane is ailing, one envelope at a time tries the log; everything else is refused
 * at once instead of waiting for what will probably not come.
 */
export interface GroupCommitOptions<E extends Entry> {
  readonly lanes: number;
  /** Stores one envelope; resolves with its log sequence, or rejects when it was given up. */
  readonly publish: (lane: number, entries: readonly E[]) => Promise<number>;
  readonly limits?: GroupCommitLimits;
  /** Runs a function at the end of this turn of the event loop. */
  readonly atEndOfTurn?: (run: () => void) => void;
}

/** How long a lane waits for deltas that are announced. */
const LINGER_MS = 10;
/** With so many deltas it waits for no more. */
const ENOUGH = 500;

export interface GroupCommitLimits {
  readonly envelopeDeltas: number;
  /** Characters (UTF-16 code units) of the encoded deltas. */
  readonly envelopeSize: number;
  readonly laneDeltas: number;
  readonly laneSize: number;
  readonly totalDeltas: number;
  readonly totalSize: number;
}

/**
 * An envelope of 256 Ki characters has at most 768 KiB in UTF-8: under the 1 MiB that a NATS server takes unless told
 * otherwise. The rest bounds memory: in the worst case 16 Mi characters wait.
 */
export const DEFAULT_LIMITS: GroupCommitLimits = {
  envelopeDeltas: 2_000,
  envelopeSize: 256 * 1024,
  laneDeltas: 16_000,
  laneSize: 8 * 1024 * 1024,
  totalDeltas: 32_000,
  totalSize: 16 * 1024 * 1024,
};

/** A delta on its way to the log. */
export interface Entry {
  readonly delta: EncodedDelta;
  /** It must not come to the log after this, by `performance.now()`; undefined: it always may. */
  readonly storedByMs?: number | undefined;
  /** Called exactly once for an entry that was taken, never for another. */
  settle(outcome: CommitOutcome): void;
}

/** One object for a whole envelope: what each of its deltas came to. */
export type CommitOutcome =
  | Accepted
  /** The envelope may be stored or not: its deltas must not be acknowledged. */
  | { readonly kind: 'given-up'; readonly cause: unknown };

/** `full`: there is no room now. `ailing`: the log does not take envelopes now. In both cases the entry was not taken. */
export type Offer = 'taken' | 'full' | 'ailing';

interface Lane<E> {
  readonly number: number;
  waiting: E[];
  waitingSize: number;
  state: 'idle' | 'due' | 'lingering' | 'publishing';
  timer: NodeJS.Timeout | undefined;
  /** True from a publish that was given up to the next one that is stored. */
  ailing: boolean;
}

export class GroupCommit<E extends Entry> {
  private readonly lanes: readonly Lane<E>[];
  private readonly publish: GroupCommitOptions<E>['publish'];
  private readonly limits: GroupCommitLimits;
  private readonly atEndOfTurn: (run: () => void) => void;
  private readonly idleWaiters: (() => void)[] = [];
  private readonly freedWaiters: (() => void)[] = [];
  private queuedDeltas = 0;
  private queuedSize = 0;
  private busyLanes = 0;
  private announced = 0;

  constructor(options: GroupCommitOptions<E>) {
    this.lanes = Array.from({ length: options.lanes }, (_, number) => ({
      number,
      waiting: [],
      waitingSize: 0,
      state: 'idle' as const,
      timer: undefined,
      ailing: false,
    }));
    this.publish = options.publish;
    this.limits = options.limits ?? DEFAULT_LIMITS;
    this.atEndOfTurn = options.atEndOfTurn ?? setImmediate;
  }

  offer(lane: number, entry: E): Offer {
    const queue = this.laneAt(lane);
    if (queue.ailing && queue.state === 'publishing') return 'ailing';
    const size = entry.delta.body.length;
    if (this.isFull(queue, size)) return 'full';
    this.queuedDeltas += 1;
    this.queuedSize += size;
    queue.waiting.push(entry);
    queue.waitingSize += size;
    if (queue.state === 'idle') {
      this.busyLanes += 1;
      this.due(queue);
    } else if (queue.state === 'lingering' && queue.waiting.length >= ENOUGH) {
      this.due(queue);
    }
    return 'taken';
  }

  /** Says that deltas are being prepared that will soon be offered. @returns to be called when they have been. */
  announce(): () => void {
    this.announced += 1;
    let offered = false;
    return () => {
      if (offered) return;
      offered = true;
      this.announced -= 1;
      if (this.announced > 0) return;
      for (const queue of this.lanes) if (queue.state === 'lingering') this.due(queue);
    };
  }

  /** Resolves when an envelope has taken deltas off a queue: at the latest when the publish under way is given up. */
  async whenFreed(): Promise<void> {
    if (this.busyLanes > 0) await new Promise<void>((resolve) => this.freedWaiters.push(resolve));
  }

  /** How full the queues are: for metrics. */
  level(): { readonly deltas: number; readonly size: number; readonly limits: GroupCommitLimits } {
    return { deltas: this.queuedDeltas, size: this.queuedSize, limits: this.limits };
  }

  /** Resolves when nothing waits and nothing is under way. */
  async whenIdle(): Promise<void> {
    if (this.busyLanes > 0) await new Promise<void>((resolve) => this.idleWaiters.push(resolve));
  }

  private isFull(queue: Lane<E>, size: number): boolean {
    const { laneDeltas, laneSize, totalDeltas, totalSize } = this.limits;
    return (
      queue.waiting.length >= laneDeltas ||
      queue.waitingSize + size > laneSize ||
      this.queuedDeltas >= totalDeltas ||
      this.queuedSize + size > totalSize
    );
  }

  private laneAt(lane: number): Lane<E> {
    const queue = this.lanes[lane];
    if (queue === undefined) throw new RangeError(`there is no lane ${lane}`);
    return queue;
  }

  private due(queue: Lane<E>): void {
    const lingered = queue.state === 'lingering';
    clearTimeout(queue.timer);
    queue.state = 'due';
    this.atEndOfTurn(() => {
      if (this.announced === 0 || lingered || queue.waiting.length >= ENOUGH) void this.publishNext(queue);
      else this.linger(queue);
    });
  }

  private linger(queue: Lane<E>): void {
    queue.state = 'lingering';
    queue.timer = setTimeout(() => this.due(queue), LINGER_MS);
  }

  private async publishNext(queue: Lane<E>): Promise<void> {
    queue.state = 'publishing';
    const group = this.takeGroup(queue);
    try {
      const sequence = await this.publish(queue.number, group);
      queue.ailing = false;
      settleAll(group, { kind: 'accepted', sequence });
    } catch (cause) {
      queue.ailing = true;
      settleAll(group, { kind: 'given-up', cause });
      this.refuseWaiting(queue, cause);
    }
    if (queue.waiting.length > 0) this.due(queue);
    else this.rest(queue);
  }

  /** The oldest entries that fit into one envelope; always at least one. */
  private takeGroup(queue: Lane<E>): readonly E[] {
    const { envelopeDeltas, envelopeSize } = this.limits;
    const most = Math.min(queue.waiting.length, envelopeDeltas);
    let count = 0;
    let size = 0;
    while (count < most) {
      const next = queue.waiting[count]?.delta.body.length ?? 0;
      if (count > 0 && size + next > envelopeSize) break;
      size += next;
      count += 1;
    }
    const group = count === queue.waiting.length ? queue.waiting : queue.waiting.slice(0, count);
    queue.waiting = count === queue.waiting.length ? [] : queue.waiting.slice(count);
    this.release(queue, group.length, size);
    return group;
  }

  private refuseWaiting(queue: Lane<E>, cause: unknown): void {
    const refused = queue.waiting;
    queue.waiting = [];
    this.release(queue, refused.length, queue.waitingSize);
    settleAll(refused, { kind: 'given-up', cause });
  }

  private release(queue: Lane<E>, deltas: number, size: number): void {
    queue.waitingSize -= size;
    this.queuedDeltas -= deltas;
    this.queuedSize -= size;
    for (const resolve of this.freedWaiters.splice(0)) resolve();
  }

  private rest(queue: Lane<E>): void {
    queue.state = 'idle';
    this.busyLanes -= 1;
    if (this.busyLanes === 0) for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}

function settleAll(entries: readonly Entry[], outcome: CommitOutcome): void {
  for (const entry of entries) entry.settle(outcome);
}
