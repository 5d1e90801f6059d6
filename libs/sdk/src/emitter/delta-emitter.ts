import { deltaBody } from '../balance/delta-body.js';
import type { Delta } from '../balance/options.js';
import { PacSpaceError } from '../errors.js';
import { randomId } from '../http/random-id.js';
import type { TransportOptions } from '../http/transport.js';
import { type Batch, BatchBuilder } from './batch-builder.js';
import { onProcessEnd } from './on-process-end.js';
import { type Rejection, sendBatch } from './send-batch.js';

export interface EmitterOptions {
  /** A batch is sent when it has so many deltas, 1 to 10,000; 2,000 unless told. */
  readonly maxItems?: number;
  /** … or so many bytes, up to 8 MiB; 512 KiB unless told. */
  readonly maxBytes?: number;
  /** … or when its first delta has waited for so long; 100 unless told. */
  readonly maxAgeMs?: number;
  /** Batches under way at the same time; 4 unless told. With 1 the service records in the order of the calls. */
  readonly concurrency?: number;
  /** Bytes that may wait or be under way before `emit` says false; 16 MiB unless told. At twice as many it throws. */
  readonly maxBufferedBytes?: number;
  /** How long a batch is tried again while the service cannot be reached or is busy; 300,000 unless told. */
  readonly retryForMs?: number;
  /** Told of every delta that is not recorded, and why. Without it `flush` and `close` reject when there was one. */
  readonly onRejected?: (rejection: Rejection) => void;
}

/** How many deltas are where. */
export interface EmitterCounts {
  /** Waiting, or on their way. */
  readonly pending: number;
  /** Durable at the service. */
  readonly recorded: number;
  readonly rejected: number;
}

/** A number in browsers, an object in Node. */
type Timer = number | { unref?(): unknown };

const DEFAULTS = {
  maxItems: 2_000,
  maxBytes: 512 * 1024,
  maxAgeMs: 100,
  concurrency: 4,
  maxBufferedBytes: 16 * 1024 * 1024,
  retryForMs: 300_000,
};

/**
 * Buffers deltas and sends them in batches, several at the same time.
 *
 * Every delta has a key from the moment it is emitted, so that a batch that is sent again adds nothing twice. `emit`
 * does not wait: when it returns false, await `ready()` before going on. `close()` sends what is left; a Node process
 * that comes to its end by itself does so, too. What a process that is killed had not sent is lost.
 */
export class DeltaEmitter {
  private readonly options: Required<Omit<EmitterOptions, 'onRejected'>>;
  private readonly onRejected: EmitterOptions['onRejected'];
  private readonly builder: BatchBuilder;
  private readonly turns: (() => void)[] = [];
  private readonly keyPrefix = randomId();
  private readonly forgetProcessEnd: () => void;
  private emitted = 0;
  private recorded = 0;
  private rejected = 0;
  private firstRejection: Rejection | undefined;
  /** Bytes of the batches that wait or are under way; those of the open batch are the builder's. */
  private sealedBytes = 0;
  private underWay = 0;
  /** Of each batch that waits or is under way; never rejects. */
  private readonly outstanding = new Set<Promise<void>>();
  private timer: Timer | undefined;
  private closed = false;
  private readonly wakeups: (() => void)[] = [];

  constructor(
    private readonly transport: TransportOptions,
    { onRejected, ...options }: EmitterOptions,
  ) {
    this.options = { ...DEFAULTS, ...options };
    this.onRejected = onRejected;
    checkBounds(this.options);
    this.builder = new BatchBuilder(this.options.maxItems, this.options.maxBytes);
    this.forgetProcessEnd = onProcessEnd(() => this.drain());
  }

  get counts(): EmitterCounts {
    const { emitted, recorded, rejected } = this;
    return { pending: emitted - recorded - rejected, recorded, rejected };
  }

  /**
   * Takes a delta.
   *
   * @returns false when the buffer is full: await `ready()` before the next one.
   * @throws PacSpaceError CLOSED after `close`; BUFFER_FULL when `ready()` is not awaited.
   */
  emit(delta: Delta): boolean {
    if (this.closed) throw new PacSpaceError('the emitter is closed', { code: 'CLOSED' });
    if (this.bufferedBytes >= 2 * this.options.maxBufferedBytes) {
      const message = 'the buffer is full: await ready() when emit returns false';
      throw new PacSpaceError(message, { code: 'BUFFER_FULL' });
    }
    const body = deltaBody(delta);
    if (delta.idempotencyKey === undefined && delta.referenceId === undefined) {
      body['idempotencyKey'] = `${this.keyPrefix}:${this.emitted}`;
    }
    const batch = this.builder.add(JSON.stringify(body), delta);
    this.emitted += 1;
    if (batch !== undefined) this.enqueue(batch);
    if (this.builder.isEmpty) this.stopTimer();
    else this.startTimer();
    return !this.isFull;
  }

  /** Resolves when there is room again. */
  async ready(): Promise<void> {
    while (this.isFull) {
      this.sendOpenBatch();
      await this.change();
    }
  }

  /**
   * Sends what waits now, and resolves when all that was emitted before is recorded.
   *
   * @throws PacSpaceError NOT_RECORDED when a delta was rejected and nobody is told of rejections.
   */
  async flush(): Promise<void> {
    await this.drain();
    this.throwIfSilentlyRejected();
  }

  /** Takes no more, and flushes. @throws as `flush` */
  async close(): Promise<EmitterCounts> {
    this.closed = true;
    await this.drain();
    this.forgetProcessEnd();
    this.throwIfSilentlyRejected();
    return this.counts;
  }

  /** What is emitted meanwhile is not waited for, so that a producer that never pauses can flush, too. */
  private async drain(): Promise<void> {
    this.sendOpenBatch();
    await Promise.all(this.outstanding);
  }

  private throwIfSilentlyRejected(): void {
    const first = this.firstRejection;
    if (first === undefined || this.onRejected !== undefined) return;
    this.firstRejection = undefined;
    const count = this.rejected === 1 ? '1 delta is' : `${this.rejected} deltas are`;
    const message = `${count} not recorded, the first one because: ${first.error.message}`;
    throw new PacSpaceError(message, { code: 'NOT_RECORDED', cause: first.error });
  }

  private get bufferedBytes(): number {
    return this.sealedBytes + this.builder.bytes;
  }

  private get isFull(): boolean {
    return this.bufferedBytes >= this.options.maxBufferedBytes;
  }

  private sendOpenBatch(): void {
    this.stopTimer();
    const batch = this.builder.take();
    if (batch !== undefined) this.enqueue(batch);
  }

  private startTimer(): void {
    if (this.timer !== undefined) return;
    const timer = setTimeout(() => this.sendOpenBatch(), this.options.maxAgeMs) as Timer;
    this.timer = timer;
    // A process at its end does not wait for it, but sends what is left at once.
    if (typeof timer === 'object') timer.unref?.();
  }

  private stopTimer(): void {
    clearTimeout(this.timer as number | undefined);
    this.timer = undefined;
  }

  private enqueue(batch: Batch): void {
    this.sealedBytes += batch.bytes;
    const done = this.turn().then(() => this.deliver(batch));
    this.outstanding.add(done);
    void done.then(() => this.outstanding.delete(done));
  }

  /** Resolves, first come first served, when fewer than `concurrency` batches are under way; the batch is then one of them. */
  private async turn(): Promise<void> {
    if (this.underWay < this.options.concurrency) this.underWay += 1;
    else await new Promise<void>((resolve) => this.turns.push(resolve));
  }

  private async deliver(batch: Batch): Promise<void> {
    const rejections = await sendBatch(this.transport, batch, this.options.retryForMs);
    const next = this.turns.shift();
    if (next === undefined) this.underWay -= 1;
    else next();
    this.sealedBytes -= batch.bytes;
    this.recorded += batch.deltas.length - rejections.length;
    this.rejected += rejections.length;
    for (const rejection of rejections) {
      this.firstRejection ??= rejection;
      this.tell(rejection);
    }
    for (const wake of this.wakeups.splice(0)) wake();
  }

  private tell(rejection: Rejection): void {
    try {
      this.onRejected?.(rejection);
    } catch (error) {
      // The listener's own fault: it is thrown where it is seen, and the other deltas go on.
      setTimeout(() => {
        throw error;
      });
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wakeups.push(resolve));
  }
}

function checkBounds(options: Required<Omit<EmitterOptions, 'onRejected'>>): void {
  const bounds = {
    maxItems: 10_000,
    maxBytes: 8 * 1024 * 1024,
    maxAgeMs: 3_600_000,
    concurrency: 64,
    maxBufferedBytes: 1024 * 1024 * 1024,
    retryForMs: 24 * 3_600_000,
  };
  for (const [name, most] of Object.entries(bounds)) {
    const value = options[name as keyof typeof bounds];
    const least = name === 'maxAgeMs' || name === 'retryForMs' ? 0 : 1;
    if (!(value >= least && value <= most)) {
      throw new PacSpaceError(`${name} must lie within ${least} and ${most.toLocaleString('en')}`, {
        code: 'VALIDATION_FAILED',
      });
    }
  }
}
