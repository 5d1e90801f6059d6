/** How long to go on trying, over all requests of a run. */
export interface PatienceLimits {
  /** While the server has never been heard: the URL may simply be wrong. */
  readonly firstMs: number;
  /** Later: a server that restarts, a network that comes back. */
  readonly laterMs: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/** Decides between trying again and giving up; one for all requests, since they share the server. */
export class Patience {
  /** True once the server has answered anything. */
  hasHeard = false;
  /** Start of the present trouble; undefined while deltas are taken. */
  private troubleSinceMs: number | undefined;

  constructor(
    private readonly limits: PatienceLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The server answered something, if only that it is busy. */
  heard(): void {
    this.hasHeard = true;
  }

  /** The server took something. */
  progressed(): void {
    this.hasHeard = true;
    this.troubleSinceMs = undefined;
  }

  /**
   * The pause before the next try: at least what the server asks for, else doubled with each try and spread at
   * random, so that requests that failed together do not return together. Undefined: it is time to give up.
   */
  pauseMs(tries: number, retryAfterMs: number): number | undefined {
    this.troubleSinceMs ??= this.now();
    const limit = this.hasHeard ? this.limits.laterMs : this.limits.firstMs;
    const left = this.troubleSinceMs + limit - this.now();
    const backoff = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 10), LONGEST_PAUSE_MS);
    const pause = Math.max(retryAfterMs, backoff * (0.5 + Math.random() / 2));
    return pause > left ? undefined : pause;
  }
}
