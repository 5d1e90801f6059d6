import { scrubText } from './scrub.js';

export type HealthState = 'ok' | 'degraded' | 'failed';

export interface HealthCheckOptions {
  /** A required check that has failed makes the app not ready; another one only shows in the report. Default true. */
  readonly required?: boolean;
}

export interface CheckReport {
  readonly name: string;
  readonly state: HealthState;
  readonly required: boolean;
  readonly detail: string;
  /** When it came into this state, ISO 8601. */
  readonly since: string;
}

export interface HealthReport {
  /** The worst of the checks; `failed` only by a required one. */
  readonly state: HealthState;
  readonly ready: boolean;
  /** `starting`, `serving`, or why no work is taken. */
  readonly intake: string;
  readonly app: string;
  readonly version: string;
  readonly uptimeSeconds: number;
  /** What a reader should know about this process, e.g. `durability: buffered`. */
  readonly facts: Readonly<Record<string, string>>;
  readonly checks: readonly CheckReport[];
}

/**
 * One dependency's state, told by whoever uses it: on a connection's events, by a breaker, by the last real call.
 * A probe from outside reads what is known and never asks a dependency, so that probes cost nothing, cannot hang, and
 * do not take every pod down together when one data base is slow.
 */
export class HealthCheck {
  #state: HealthState = 'failed';
  #detail = 'not yet known';
  #since: Date;
  readonly #now: () => Date;

  constructor(
    readonly name: string,
    readonly required: boolean,
    now: () => Date,
  ) {
    this.#now = now;
    this.#since = now();
  }

  get state(): HealthState {
    return this.#state;
  }

  ok(detail = ''): void {
    this.set('ok', detail);
  }

  degraded(detail: string): void {
    this.set('degraded', detail);
  }

  failed(detail: string): void {
    this.set('failed', detail);
  }

  /** `since` moves only when the state does; a new detail alone is not a new incident. */
  set(state: HealthState, detail: string): void {
    if (state !== this.#state) this.#since = this.#now();
    this.#state = state;
    this.#detail = scrubText(detail);
  }

  report(): CheckReport {
    const { name, required } = this;
    return { name, state: this.#state, required, detail: this.#detail, since: this.#since.toISOString() };
  }
}

export interface HealthRegistryOptions {
  readonly app: string;
  readonly version: string;
  readonly now?: () => Date;
}

/** What this process knows about itself: its checks, its facts, and whether it takes work. */
export class HealthRegistry {
  readonly #app: string;
  readonly #version: string;
  readonly #now: () => Date;
  readonly #startedAt: Date;
  readonly #checks = new Map<string, HealthCheck>();
  readonly #facts = new Map<string, string>();
  #intake = 'starting';

  constructor({ app, version, now = () => new Date() }: HealthRegistryOptions) {
    this.#app = app;
    this.#version = version;
    this.#now = now;
    this.#startedAt = now();
  }

  /** A named check; it counts as failed until its owner says otherwise. One check a name: asking again gives the same. */
  check(name: string, { required = true }: HealthCheckOptions = {}): HealthCheck {
    const existing = this.#checks.get(name);
    if (existing !== undefined) return existing;
    const check = new HealthCheck(name, required, this.#now);
    this.#checks.set(name, check);
    return check;
  }

  setFact(name: string, value: string): void {
    this.#facts.set(name, scrubText(value));
  }

  /** Start-up is over: work is taken as long as no required check has failed. Without effect once intake was closed. */
  openIntake(): void {
    if (this.#intake === 'starting') this.#intake = 'serving';
  }

  /** Not ready from now on, whatever the checks say; `reason` shows in the report. */
  closeIntake(reason: string): void {
    this.#intake = reason;
  }

  get ready(): boolean {
    if (this.#intake !== 'serving') return false;
    for (const check of this.#checks.values()) if (check.required && check.state === 'failed') return false;
    return true;
  }

  report(): HealthReport {
    const checks = [...this.#checks.values()].map((check) => check.report());
    return {
      state: worstOf(checks),
      ready: this.ready,
      intake: this.#intake,
      app: this.#app,
      version: this.#version,
      uptimeSeconds: Math.floor((this.#now().getTime() - this.#startedAt.getTime()) / 1000),
      facts: Object.fromEntries(this.#facts),
      checks,
    };
  }
}

function worstOf(checks: readonly CheckReport[]): HealthState {
  if (checks.some((check) => check.required && check.state === 'failed')) return 'failed';
  return checks.some((check) => check.state !== 'ok') ? 'degraded' : 'ok';
}
