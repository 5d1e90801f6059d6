const EVERY_MS = 2_000;

/** Says how far a part has come, at most every two seconds; and stops it when the person at the terminal wants that. */
export class Progress {
  private readonly startedAt = performance.now();
  private toldAt = this.startedAt;
  private done = 0;

  constructor(
    private readonly options: {
      readonly say: (line: string) => void;
      readonly interrupted: AbortSignal;
    },
    private readonly part: string,
    private readonly total: number,
  ) {}

  /** @throws the signal's reason when it is to stop. */
  advance(by: number): void {
    this.options.interrupted.throwIfAborted();
    this.done += by;
    const now = performance.now();
    if (now - this.toldAt < EVERY_MS) return;
    this.toldAt = now;
    const perSecond = this.done / ((now - this.startedAt) / 1_000);
    const left = Math.ceil(Math.max(0, this.total - this.done) / perSecond);
    this.options.say(
      `${this.part}: ${count(this.done)} of ${count(this.total)}, ${count(Math.round(perSecond))}/s, ${left} s left`,
    );
  }

  finish(): void {
    const seconds = ((performance.now() - this.startedAt) / 1_000).toFixed(1);
    this.options.say(`${this.part}: ${count(this.done)} in ${seconds} s`);
  }
}

export const count = (n: number): string => n.toLocaleString('en');
