import { ServiceError } from './errors.js';
import type { QueueMetrics } from './queue-metrics.js';

export interface GateOptions {
  /** The queue's name in metrics and errors. */
  readonly name: string;
  /** How many are inside at the same time. */
  readonly concurrency: number;
  /** How many may wait; one more is refused. 0: nobody waits. */
  readonly waitLimit: number;
  readonly metrics?: QueueMetrics;
}

/** Leaves the gate; only the first call counts. */
export type Leave = () => void;
export type GateRefusal = 'full' | 'closed';

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets a bounded number in, lets a bounded number wait in the order of arrival, and refuses the rest at once: work that would
 * wait longer than its client costs memory and helps nobody.
 */
export class Gate {
  readonly #options: GateOptions;
  /** In order of arrival; a Set, so that one who gives up leaves without a search. */
  readonly #waiting = new Set<Waiter>();
  readonly #whenIdle: (() => void)[] = [];
  readonly #refused: () => void;
  #inside = 0;
  #closed = false;

  constructor(options: GateOptions) {
    this.#options = options;
    const { name, concurrency, waitLimit, metrics } = options;
    this.#refused =
      metrics?.watch(name, () => ({ used: this.inside + this.waiting, limit: concurrency + waitLimit })) ??
      (() => undefined);
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * A place inside, or the reason why there is none, known at once.
   * The promise rejects with `signal.reason` when the signal is aborted while waiting.
   */
  enter(signal?: AbortSignal): Promise<Leave> | GateRefusal {
    if (this.#closed) return this.#refuse('closed');
    if (this.#inside < this.#options.concurrency) {
      this.#inside++;
      return Promise.resolve(this.#leaveOnce());
    }
    if (this.#waiting.size >= this.#options.waitLimit) return this.#refuse('full');
    return this.#wait(signal);
  }

  /**
   * Runs `work` inside.
   * @throws {ServiceError} GATE_FULL or GATE_CLOSED, without having begun.
   */
  async run<T>(work: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
    const entered = this.enter(signal);
    if (typeof entered === 'string') {
      const code = entered === 'full' ? 'GATE_FULL' : 'GATE_CLOSED';
      throw new ServiceError(code, `${this.#options.name} is ${entered}`);
    }
    const leave = await entered;
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Takes nobody in any more; who waits or is inside goes on. Resolves when all have left. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inside === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  async #wait(signal: AbortSignal | undefined): Promise<Leave> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.delete(waiter);
        reject(signal?.reason as Error);
      };
      const waiter: Waiter = {
        admit: () => {
          signal?.removeEventListener('abort', giveUp);
          resolve(this.#leaveOnce());
        },
      };
      if (signal?.aborted === true) return giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(waiter);
    });
  }

  #leaveOnce(): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#passOn();
    };
  }

  /** The place goes to who has waited longest, without being free in between: nobody overtakes. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.admit();
      return;
    }
    this.#inside--;
    if (this.#inside === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #refuse(reason: GateRefusal): GateRefusal {
    this.#refused();
    return reason;
  }
}
