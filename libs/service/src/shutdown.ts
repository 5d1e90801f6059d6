import type { HealthRegistry } from './health.js';
import type { Logger } from './logger.js';
import { runPhase, type ShutdownStep } from './shutdown-phase.js';

/**
 * The life of a shut-down, in this order; steps of one phase run at the same time:
 *
 *   readiness off, then `readinessLagMs` during which work is still taken (load balancers need a moment to notice)
 *   intake       stop taking work: stop listening, stop pulling from the log
 *   inflight     what has been taken is settled: open groups published, the last turn committed and acknowledged
 *   connections  brokers and data bases are let go
 *   telemetry    spans are sent, the operations listener goes away
 *   exit         0 when every step ended well and in time, else 1
 *
 * The order is owned here and not left to Nest's hooks: Nest calls beforeApplicationShutdown while HTTP still answers, and
 * runs the hooks of one module's providers at the same time, so that a pool can close under the writer that needs it.
 */
export const SHUTDOWN_PHASES = ['intake', 'inflight', 'connections', 'telemetry'] as const;
export type ShutdownPhase = (typeof SHUTDOWN_PHASES)[number];

/** By when a phase must be over, as a share of the whole budget; time that a phase leaves over goes to the next ones. */
const PHASE_ENDS_AT: Readonly<Record<ShutdownPhase, number>> = {
  intake: 0.3,
  inflight: 0.7,
  connections: 0.9,
  telemetry: 1,
};

/** Ctrl-C reaches the whole process group, and a parent passes it on as SIGTERM: together one wish, not two. */
const SAME_WISH_MS = 500;

/** After a bug the state is not to be trusted for long: enough to settle what is under way, no more. */
const FAILURE_BUDGET_MS = 3_000;

export interface ShutdownOptions {
  readonly logger: Logger;
  readonly health: HealthRegistry;
  /** From the signal to the exit. Keep it below the orchestrator's patience (Kubernetes: 30 s unless told). */
  readonly budgetMs?: number;
  readonly readinessLagMs?: number;
  /** Called once for each uncaught exception and unhandled rejection, to be counted. */
  readonly onFailure?: (kind: FailureKind) => void;
  readonly exit?: (code: number) => void;
}

export type FailureKind = 'uncaught_exception' | 'unhandled_rejection' | 'start';

export class Shutdown {
  readonly #options: Required<ShutdownOptions>;
  readonly #steps: Record<ShutdownPhase, ShutdownStep[]> = {
    intake: [],
    inflight: [],
    connections: [],
    telemetry: [],
  };
  readonly #begun = new AbortController();
  #begunAt = 0;
  #ended: Promise<void> | undefined;
  #exitCode = 0;

  constructor(options: ShutdownOptions) {
    this.#options = {
      budgetMs: 25_000,
      readinessLagMs: 0,
      onFailure: () => undefined,
      exit: (code) => process.exit(code),
      ...options,
    };
  }

  /** Aborted when the shut-down begins: for waits and retries that should not outlive it. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Adds a step. Its signal is aborted when the phase's time is up: what then remains is to be cut off. */
  register(phase: ShutdownPhase, name: string, run: ShutdownStep['run']): void {
    this.#steps[phase].push({ name, run });
  }

  /**
   * For what takes work and is told to stop by one call that ends when the last of it is done: an HTTP server's `close`, a pull
   * loop's `stop`. It is called with the intake phase and waited for with the inflight phase, so that all intake stops first.
   */
  registerIntake(name: string, stop: () => Promise<unknown>): void {
    let stopped: Promise<unknown> | undefined;
    this.register('intake', name, () => {
      stopped = stop();
      // Reported where it is waited for, below; until then it must not count as unhandled.
      stopped.catch(() => undefined);
    });
    this.register('inflight', name, () => stopped);
  }

  /** Takes the process's signals and last-resort errors over; returns the way back. */
  listen(source: NodeJS.EventEmitter = process): () => void {
    const onSignal = (signal: NodeJS.Signals): void => this.#onSignal(signal);
    const onException = (error: unknown): void => this.fail('uncaught_exception', error);
    const onRejection = (error: unknown): void => this.fail('unhandled_rejection', error);
    const listeners = [
      ['SIGTERM', onSignal],
      ['SIGINT', onSignal],
      ['uncaughtException', onException],
      ['unhandledRejection', onRejection],
    ] as const;
    for (const [event, listener] of listeners) source.on(event, listener);
    return () => {
      for (const [event, listener] of listeners) source.off(event, listener);
    };
  }

  /** Runs the phases and exits; a second call joins the first. */
  begin(reason: string, budgetMs = this.#options.budgetMs): Promise<void> {
    this.#ended ??= this.#run(reason, budgetMs);
    return this.#ended;
  }

  /** Something nobody foresaw: log it, count it, and leave with 1 after a short drain. */
  fail(kind: FailureKind, error: unknown): void {
    this.#exitCode = 1;
    this.#options.onFailure(kind);
    this.#options.logger.fatal({ err: error, failure: kind }, 'this is a bug or a broken machine: leaving');
    void this.begin(kind, Math.min(FAILURE_BUDGET_MS, this.#options.budgetMs));
  }

  #onSignal(signal: NodeJS.Signals): void {
    const { logger, exit } = this.#options;
    if (this.#ended === undefined) {
      void this.begin(signal);
    } else if (performance.now() - this.#begunAt > SAME_WISH_MS) {
      logger.error({ signal }, 'second signal: leaving at once');
      exit(1);
    }
  }

  async #run(reason: string, budgetMs: number): Promise<void> {
    const { logger, health, readinessLagMs, exit } = this.#options;
    this.#begunAt = performance.now();
    health.closeIntake(`shutting down (${reason})`);
    logger.info({ reason, budgetMs }, 'shutting down');
    const intakeEnd = budgetMs * PHASE_ENDS_AT.intake;
    if (readinessLagMs > 0)
      await new Promise((resolve) => setTimeout(resolve, Math.min(readinessLagMs, intakeEnd)));
    this.#begun.abort();

    for (const phase of SHUTDOWN_PHASES) {
      const timeLeftMs = budgetMs * PHASE_ENDS_AT[phase] - (performance.now() - this.#begunAt);
      const clean = await runPhase({ phase, steps: this.#steps[phase], timeLeftMs, logger });
      if (!clean) this.#exitCode = 1;
    }
    const tookMs = Math.round(performance.now() - this.#begunAt);
    logger.info({ tookMs, exitCode: this.#exitCode }, 'shut down');
    exit(this.#exitCode);
  }
}
