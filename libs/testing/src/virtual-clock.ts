/** A clock that stands still until the test moves it: pass `clock.now` wherever code takes a `now: () => Date`. */
export class VirtualClock {
  #ms: number;

  /** @param start an instant, as Date takes it */
  constructor(start: string | number = '2026-01-01T00:00:00Z') {
    this.#ms = new Date(start).getTime();
  }

  readonly now = (): Date => new Date(this.#ms);

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`time does not go back: ${ms} ms`);
    this.#ms += ms;
  }
}
