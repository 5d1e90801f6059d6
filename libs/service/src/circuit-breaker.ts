import { backoffMs } from './backoff.js';
import { ServiceError } from './errors.js';
import { withTimeout } from './with-timeout.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

export interface CircuitBreakerOptions {
  readonly name: string;
  /** Failures in a row that open it. */
  readonly failureLimit?: number;
  /** An answer that takes longer is a failure. */
  readonly timeoutMs?: number;
  /** How long it stays open the first time; each failed trial doubles it, with jitter, up to `maxOpenMs`. */
  readonly openMs?: number;
  readonly maxOpenMs?: number;
  /** Whether an error says that the server is ill, and not that the question was wrong. Every error unless told. */
  readonly isFailure?: (error: unknown) => boolean;
  readonly onChange?: (state: CircuitState, cause: unknown) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

export type Attempt<T> =
  | { readonly ok: true; readonly value: T }
  /** `open`: not asked at all. */
  | { readonly ok: false; readonly reason: 'open' | 'failed'; readonly cause: unknown };

/**
 * Asks a server that one can do without, and stops asking while it does not answer: a request then goes the other way at once,
 * and does not first wait for a time-out as every one before it did.
 *
 *   closed ──failureLimit failures in a row──▶ open ──openMs──▶ half-open: one trial ──answered──▶ closed
 *                                               ▲─────────────── failed (twice as long) ┘
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  #state: CircuitState = 'closed';
  #failuresInARow = 0;
  /** Openings since it was last closed. */
  #openings = 0;
  #retryAt = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = {
      failureLimit: 5,
      timeoutMs: 1_000,
      openMs: 500,
      maxOpenMs: 30_000,
      isFailure: () => true,
      onChange: () => undefined,
      now: () => performance.now(),
      random: Math.random,
      ...options,
    };
  }

  get state(): CircuitState {
    return this.#state;
  }

  /**
   * The outcome of `ask`, or that it was not asked.
   * An error that `isFailure` denies is thrown on: the server is well, and the caller should know.
   * `ask` should heed its signal, aborted at the time-out; its late outcome is not looked at.
   */
  async attempt<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<Attempt<T>> {
    const { name, timeoutMs, isFailure } = this.#options;
    if (!this.#mayAsk()) {
      return {
        ok: false,
        reason: 'open',
        cause: new ServiceError('CIRCUIT_OPEN', `${name} is not asked for now`),
      };
    }
    const trial = this.#state === 'half-open';
    try {
      const value = await withTimeout(name, timeoutMs, ask);
      this.#succeeded(trial);
      return { ok: true, value };
    } catch (error) {
      if (!isFailure(error)) {
        this.#succeeded(trial);
        throw error;
      }
      this.#failed(trial, error);
      return { ok: false, reason: 'failed', cause: error };
    }
  }

  /** Closed: always. Open: one trial once its time has come, which makes it half-open; nobody else until that has ended. */
  #mayAsk(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || this.#options.now() < this.#retryAt) return false;
    this.#change('half-open', undefined);
    return true;
  }

  /** An answer to a question from before it opened says nothing about now: only a trial closes it. */
  #succeeded(trial: boolean): void {
    if (this.#state === 'closed') this.#failuresInARow = 0;
    if (!trial) return;
    this.#failuresInARow = 0;
    this.#openings = 0;
    this.#change('closed', undefined);
  }

  #failed(trial: boolean, cause: unknown): void {
    if (!trial && this.#state !== 'closed') return;
    this.#failuresInARow++;
    if (trial || this.#failuresInARow >= this.#options.failureLimit) this.#open(cause);
  }

  #open(cause: unknown): void {
    const { openMs, maxOpenMs, now, random } = this.#options;
    this.#retryAt = now() + backoffMs(this.#openings, { firstMs: openMs, maxMs: maxOpenMs, random });
    this.#openings++;
    this.#change('open', cause);
  }

  #change(state: CircuitState, cause: unknown): void {
    this.#state = state;
    this.#options.onChange(state, cause);
  }
}
