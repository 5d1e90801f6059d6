/** How often a run says how far it is. */
const EVERY_MS = 1_000;

/**
 * Notes every second how far some work is, until it is stopped. The signal is aborted when the work is not ours any more,
 * or when this process is about to end.
 */
export class Heartbeat {
  private readonly lost = new AbortController();
  readonly signal: AbortSignal;
  private readonly timer: NodeJS.Timeout;
  private noting = Promise.resolve();

  /** @param note returns false when somebody else has begun the work since. */
  constructor(note: () => Promise<boolean>, stopping: AbortSignal) {
    this.signal = AbortSignal.any([this.lost.signal, stopping]);
    this.timer = setInterval(() => {
      this.noting = this.noting
        .then(async () => {
          if (!(await note())) this.lost.abort(new Error('somebody else has begun this work since'));
          // A data base that is away shows in the work itself.
        }, undefined)
        .catch(() => undefined);
    }, EVERY_MS);
  }

  /** Nothing is noted any more when this resolves. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.noting;
  }
}
